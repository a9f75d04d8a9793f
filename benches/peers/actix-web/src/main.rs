//! The measured routes on actix-web.

mod websocket;

use std::{io, time::Duration};

use actix_web::{App, HttpServer, get, web};
use peer_settings::{HELLO, Message};

use crate::websocket::Room;

/// Idle connections must outlive the measurement of their memory.
const KEEP_ALIVE: Duration = Duration::from_secs(300);

#[get("/plaintext")]
async fn plaintext() -> &'static str {
    HELLO
}

#[get("/json")]
async fn json() -> web::Json<Message> {
    web::Json(Message::hello())
}

#[get("/users/{id}")]
async fn user(id: web::Path<u64>) -> String {
    id.to_string()
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let room = web::Data::new(Room::default());
    let application = move || {
        App::new()
            .app_data(room.clone())
            .service(plaintext)
            .service(json)
            .service(user)
            .service(websocket::echo)
            .service(websocket::fan_out)
    };
    HttpServer::new(application)
        .workers(peer_settings::workers())
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(KEEP_ALIVE)
        .listen(peer_settings::shared_listener()?)?
        .run()
        .await
}
