//! The measured routes on axum, as `#[tokio::main]` and `axum::serve` would run them.

mod websocket;

use std::io;

use axum::{
    Json, Router,
    extract::{Path, ws::WebSocketUpgrade},
    routing::get,
};
use peer_settings::{HELLO, Message};
use tokio::{net::TcpListener, runtime, sync::broadcast};

fn main() -> io::Result<()> {
    runtime::Builder::new_multi_thread()
        .worker_threads(peer_settings::workers())
        .enable_all()
        .build()?
        .block_on(serve())
}

async fn serve() -> io::Result<()> {
    let room = broadcast::Sender::new(peer_settings::ROOM);
    let fan_out = async move |upgrade: WebSocketUpgrade| {
        upgrade.on_upgrade(move |socket| websocket::fan_out(socket, room))
    };
    let routes = Router::new()
        .route("/plaintext", get(async || HELLO))
        .route("/json", get(async || Json(Message::hello())))
        .route("/users/{id}", get(async |Path(id): Path<u64>| id.to_string()))
        .route("/ws", get(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(websocket::echo)))
        .route("/fan-out", get(fan_out));
    let listener = TcpListener::from_std(peer_settings::shared_listener()?)?;
    axum::serve(listener, routes).await
}
