//! The measured routes on xitca-web.

use std::{io, time::Duration};

use peer_settings::{HELLO, Message};
use xitca_web::{
    App,
    handler::{handler_service, json::Json, params::Params},
    route::get,
};

/// Idle connections must outlive the measurement of their memory.
const KEEP_ALIVE: Duration = Duration::from_secs(300);

async fn plaintext() -> &'static str {
    HELLO
}

async fn json() -> Json<Message> {
    Json(Message::hello())
}

async fn user(Params(id): Params<u64>) -> String {
    id.to_string()
}

fn main() -> io::Result<()> {
    App::new()
        .at("/plaintext", get(handler_service(plaintext)))
        .at("/json", get(handler_service(json)))
        .at("/users/{id}", get(handler_service(user)))
        .serve()
        .worker_threads(peer_settings::workers())
        .keep_alive_timeout(KEEP_ALIVE)
        .request_head_timeout(KEEP_ALIVE)
        .listen(peer_settings::shared_listener()?)?
        .run()
        .wait()
}
