//! The measured WebSockets on axum: one echoes, the other sends what comes to everybody.

use axum::extract::ws::{Message, WebSocket};
use tokio::sync::broadcast::{Sender, error::RecvError};

pub(crate) async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if let Message::Text(_) | Message::Binary(_) = message
            && socket.send(message).await.is_err()
        {
            return;
        }
    }
}

pub(crate) async fn fan_out(mut socket: WebSocket, room: Sender<Message>) {
    let mut news = room.subscribe();
    loop {
        tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(message @ Message::Text(_))) => drop(room.send(message)),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
            news = news.recv() => match news {
                Ok(news) => if socket.send(news).await.is_err() {
                    return;
                },
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            },
        }
    }
}
