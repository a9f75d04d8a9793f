//! The measured WebSockets on tokio-tungstenite: `/ws` echoes, `/fan-out` sends what comes to everybody.

use std::io;

use futures_util::{SinkExt, StreamExt};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime,
    sync::broadcast::{self, error::RecvError},
};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async,
    tungstenite::{
        Message, Result,
        handshake::server::{Request, Response},
    },
};

fn main() -> io::Result<()> {
    runtime::Builder::new_multi_thread()
        .worker_threads(peer_settings::workers())
        .enable_all()
        .build()?
        .block_on(serve())
}

async fn serve() -> io::Result<()> {
    let listener = TcpListener::from_std(peer_settings::shared_listener()?)?;
    let room = broadcast::Sender::new(peer_settings::ROOM);
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(talk(stream, room.clone()));
    }
}

async fn talk(stream: TcpStream, room: broadcast::Sender<Message>) -> Result<()> {
    let mut is_fan_out = false;
    // Its signature is the library's.
    #[allow(clippy::result_large_err)]
    let asked = |request: &Request, response: Response| {
        is_fan_out = request.uri().path() == "/fan-out";
        Ok(response)
    };
    let socket = accept_hdr_async(stream, asked).await?;
    if is_fan_out { fan_out(socket, room).await } else { echo(socket).await }
}

async fn echo(mut socket: WebSocketStream<TcpStream>) -> Result<()> {
    while let Some(message) = socket.next().await.transpose()? {
        if message.is_text() || message.is_binary() {
            socket.send(message).await?;
        }
    }
    Ok(())
}

async fn fan_out(
    mut socket: WebSocketStream<TcpStream>,
    room: broadcast::Sender<Message>,
) -> Result<()> {
    let mut news = room.subscribe();
    loop {
        tokio::select! {
            message = socket.next() => match message.transpose()? {
                Some(message) if message.is_text() => drop(room.send(message)),
                Some(_) => {}
                None => return Ok(()),
            },
            news = news.recv() => match news {
                Ok(news) => socket.send(news).await?,
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return Ok(()),
            },
        }
    }
}
