//! An axum router, as it is, on Highper's server: `cargo run --example axum_router -p highper`, then
//! `curl http://127.0.0.1:8080/hello/Ada`.

use axum::{Router, extract::Path, routing::get};
use highper::{http_server::Http, middleware::TowerHandler, net::Server};

async fn hello(Path(name): Path<String>) -> String {
    format!("Hello, {name}!")
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let router = Router::new().route("/hello/{name}", get(hello));
    // Before: axum::serve(TcpListener::bind("127.0.0.1:8080").await?, router).await?;
    let server = Server::builder().listen("127.0.0.1:8080").build()?;
    server.run(Http::new(TowerHandler::new(router))).await?;
    Ok(())
}
