//! The measured routes on ntex, on its tokio runtime.

use std::io;

use ntex::{SharedCfg, http::HttpServiceConfig, time::Seconds, web};
use peer_settings::{HELLO, Message};

/// Idle connections must outlive the measurement of their memory.
const KEEP_ALIVE: Seconds = Seconds(300);

#[web::get("/plaintext")]
async fn plaintext() -> &'static str {
    HELLO
}

#[web::get("/json")]
async fn json() -> web::HttpResponse {
    web::HttpResponse::Ok().json(&Message::hello())
}

#[web::get("/users/{id}")]
async fn user(id: web::types::Path<u64>) -> String {
    id.to_string()
}

#[ntex::main]
async fn main() -> io::Result<()> {
    web::server(async || web::App::new().service((plaintext, json, user)))
        .workers(peer_settings::workers())
        .config(SharedCfg::new("peer").add(patient()))
        .listen(peer_settings::shared_listener()?)?
        .run()
        .await
}

fn patient() -> HttpServiceConfig {
    HttpServiceConfig::new()
        .set_keepalive(KEEP_ALIVE)
        .set_client_timeout(KEEP_ALIVE)
        .set_headers_read_rate(KEEP_ALIVE, KEEP_ALIVE, 1)
}
