//! The Highper that is measured: an application as a user writes it.
//!
//! `PORT` and `WORKERS` are those of every server of the benchmark. `MIDDLEWARE=10` puts ten middleware
//! that do nothing around all routes, `ROUTES=1000` adds so many others,
//! `FILES` names a directory to serve at `/files`. The variables of every
//! application hold, such as `PARKING=off`.

mod lookup;

use highper::fs::StaticFiles;
use highper::net::Topology;
use highper::prelude::*;
use highper::router::Path;
use highper::ws::{Channels, Events, Membership, Message as Frame, Sender, WebSocket};
use serde::Serialize;

#[derive(Serialize)]
struct Message {
    message: &'static str,
}

async fn plaintext() -> &'static str {
    "Hello, World!"
}

async fn json() -> Json<Message> {
    Json(Message { message: "Hello, World!" })
}

async fn user(Path(id): Path<u64>) -> String {
    id.to_string()
}

/// A WebSocket that echoes, with a state of 16 bytes.
struct Echo;

impl Events for Echo {
    type State = (u64, u64);

    async fn on_open(&self, _: Request, _: &Sender) -> Result<(u64, u64), Error> {
        Ok((0, 0))
    }

    async fn on_message(&self, state: &mut (u64, u64), sender: &Sender, message: Frame) {
        state.0 += 1;
        // It fails only where the client is gone.
        let _ = sender.send(message).await;
    }
}

/// A WebSocket that sends what comes to everybody.
#[derive(Default)]
struct FanOut {
    channels: Channels,
}

impl Events for FanOut {
    type State = Membership;

    async fn on_open(&self, _: Request, sender: &Sender) -> Result<Membership, Error> {
        self.channels.join("all", sender).map_err(|error| Error::internal(error.to_string()))
    }

    async fn on_message(&self, room: &mut Membership, _: &Sender, message: Frame) {
        room.broadcast(message);
    }
}

/// A middleware that does nothing but call the next.
struct Nothing;

impl Middleware for Nothing {
    async fn handle<N: Handler>(&self, request: Request, next: &N) -> Response {
        next.call(request).await
    }
}

fn routes(router: Router) -> Router {
    let mut router = router
        .get("/plaintext", plaintext)
        .get("/json", json)
        .get("/users/{id}", user)
        .get("/ws", WebSocket::new(Echo))
        .get("/fan-out", WebSocket::new(FanOut::default()));
    if let Some(files) = files() {
        router = router.get("/files/{*path}", files);
    }
    for number in 0..number("ROUTES").unwrap_or(0) {
        router = router.get(&lookup::other_route(number), plaintext);
    }
    match number("MIDDLEWARE") {
        Some(10) => router.middleware((
            Nothing, Nothing, Nothing, Nothing, Nothing, Nothing, Nothing, Nothing, Nothing,
            Nothing,
        )),
        // With no middleware at all there would be one box less: the difference is what ten cost.
        Some(0) => router.middleware(()),
        _ => router,
    }
}

/// The files of the directory `FILES`. One that is not there has none, which the first request tells.
fn files() -> Option<StaticFiles> {
    let directory = std::env::var_os("FILES")?;
    StaticFiles::directory(directory).build().ok()
}

fn number(variable: &str) -> Option<usize> {
    std::env::var(variable).ok()?.parse().ok()
}

#[highper::main]
async fn main() -> Result<(), StartError> {
    if std::env::var_os("LOOKUP").is_some() {
        lookup::print();
        return Ok(());
    }
    let port = number("PORT").unwrap_or(8080);
    Application::new()
        .configure(|settings| {
            settings.addresses = vec![format!("127.0.0.1:{port}")];
            settings.max_connections.get_or_insert(100_000);
            // What is measured is one process; here `WORKERS` are its threads.
            settings.workers = 0;
            settings.topology = Topology::PerCore { workers: number("WORKERS").unwrap_or(1) };
        })
        .routes(routes)
        .run()
        .await
}
