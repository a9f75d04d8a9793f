//! A server of one handler, with no router: `cargo run --example one_handler -p highper-http`, then
//! `curl http://127.0.0.1:8080/`. `PORT` chooses another port.

use highper_core::{Handler, IntoResponse, Request, Response};
use highper_http::Http;
use highper_net::{Server, Topology};

struct Hello;

impl Handler for Hello {
    async fn call(&self, _: Request) -> Response {
        "Hello, World!".into_response()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), highper_net::Error> {
    let port = std::env::var("PORT").unwrap_or_else(|_| "8080".to_owned());
    let server = Server::builder()
        .listen(format!("127.0.0.1:{port}").as_str())
        .topology(Topology::PerCore { workers: 1 })
        .build()?;
    server.run(Http::new(Hello)).await?;
    Ok(())
}
