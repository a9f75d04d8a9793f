//! The smallest application: `cargo run --example hello -p highper`, then
//! `curl http://127.0.0.1:8080/hello/Ada`. `PORT` or `ADDRESS` chooses another address.

use highper::prelude::*;

async fn hello(Path(name): Path<String>) -> String {
    format!("Hello, {name}!")
}

#[highper::main]
async fn main() -> ExitCode {
    Application::new().routes(|router| router.get("/hello/{name}", hello)).main().await
}
