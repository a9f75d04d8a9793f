//! A Highper application as a tower service, here inside of an axum router and served by axum:
//! `cargo run --example tower_service -p highper`, then `curl http://127.0.0.1:8080/hello/Ada`.

use highper::{middleware::HandlerService, prelude::*};

async fn hello(Path(name): Path<String>) -> String {
    format!("Hello, {name}!")
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let application = Application::new().routes(|router| router.get("/hello/{name}", hello));
    let service = HandlerService::new(application.into_handler()?);
    let router = axum::Router::new().fallback_service(service);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    axum::serve(listener, router).await?;
    Ok(())
}
