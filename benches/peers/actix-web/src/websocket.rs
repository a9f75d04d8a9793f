//! The measured WebSockets on actix-ws: `/ws` echoes, `/fan-out` sends what comes to everybody.

use std::sync::Mutex;

use actix_web::{HttpRequest, HttpResponse, get, rt, web};
use actix_ws::{Message, Session};

/// Who gets what is sent to everybody.
#[derive(Default)]
pub(crate) struct Room(Mutex<Vec<Session>>);

#[get("/ws")]
pub(crate) async fn echo(
    request: HttpRequest,
    body: web::Payload,
) -> actix_web::Result<HttpResponse> {
    let (response, mut session, mut messages) = actix_ws::handle(&request, body)?;
    rt::spawn(async move {
        while let Some(Ok(message)) = messages.recv().await {
            let sent = match message {
                Message::Text(text) => session.text(text).await,
                Message::Binary(bytes) => session.binary(bytes).await,
                Message::Ping(bytes) => session.pong(&bytes).await,
                Message::Close(_) => break,
                _ => Ok(()),
            };
            if sent.is_err() {
                return;
            }
        }
        let _ = session.close(None).await;
    });
    Ok(response)
}

#[get("/fan-out")]
pub(crate) async fn fan_out(
    request: HttpRequest,
    body: web::Payload,
    room: web::Data<Room>,
) -> actix_web::Result<HttpResponse> {
    let (response, session, mut messages) = actix_ws::handle(&request, body)?;
    room.lock().push(session);
    rt::spawn(async move {
        while let Some(Ok(message)) = messages.recv().await {
            let Message::Text(text) = message else { continue };
            let members = room.lock().clone();
            for mut member in members {
                // It fails only where the client is gone; all clients stay to the end.
                let _ = member.text(text.clone()).await;
            }
        }
    });
    Ok(response)
}

impl Room {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Session>> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
