//! The measured routes on salvo.

use std::io;

use peer_settings::{HELLO, Message};
use salvo::{
    Server,
    conn::tcp::TcpAcceptor,
    prelude::{Json, Request, Response, Router, StatusCode, handler},
};
use tokio::{net::TcpListener, runtime};

#[handler]
async fn plaintext() -> &'static str {
    HELLO
}

#[handler]
async fn json() -> Json<Message> {
    Json(Message::hello())
}

#[handler]
async fn user(request: &mut Request, response: &mut Response) {
    match request.param::<u64>("id") {
        Some(id) => response.render(id.to_string()),
        None => {
            response.status_code(StatusCode::BAD_REQUEST);
        }
    }
}

fn main() -> io::Result<()> {
    runtime::Builder::new_multi_thread()
        .worker_threads(peer_settings::workers())
        .enable_all()
        .build()?
        .block_on(serve())
}

async fn serve() -> io::Result<()> {
    let routes = Router::new()
        .push(Router::with_path("plaintext").get(plaintext))
        .push(Router::with_path("json").get(json))
        .push(Router::with_path("users/{id}").get(user));
    let listener = TcpListener::from_std(peer_settings::shared_listener()?)?;
    Server::new(TcpAcceptor::try_from(listener)?).try_serve(routes).await
}
