//! The server that `cargo xtask conformance websocket` tests: it sends back what comes, once by events
//! and with windows that are taken over, once by a task for each connection and without.
//!
//! It prints a line `name address` for each and serves until its standard input ends, so that it
//! never outlives whoever started it.

#![allow(clippy::print_stdout, reason = "its addresses are what it is asked for")]

use std::io::Read as _;
use std::time::Duration;

use highper_core::{Error, Handler, Request};
use highper_http::Http;
use highper_net::{Handle, Server, Summary, Topology};
use highper_ws::{
    Deflate, Events, Message, Sender, Socket, SocketHandler, WebSocket, WebSocketSettings,
};
use tokio::task::JoinHandle;

struct Echo;

impl Events for Echo {
    type State = ();

    async fn on_open(&self, _: Request, _: &Sender) -> Result<(), Error> {
        Ok(())
    }

    async fn on_message(&self, (): &mut (), sender: &Sender, message: Message) {
        // It fails only where the client is gone.
        let _ = sender.send(message).await;
    }
}

async fn echo(mut socket: Socket) {
    while let Some(message) = socket.recv().await {
        if socket.send(message).await.is_err() {
            break;
        }
    }
}

/// Compression, and as much as the cases send.
fn settings(takeover: bool) -> WebSocketSettings {
    let mut deflate = Deflate::default();
    (deflate.server_takeover, deflate.client_takeover) = (takeover, takeover);
    // Every message is to be compressed.
    deflate.threshold = 1;
    let mut settings = WebSocketSettings::default();
    settings.deflate = Some(deflate);
    settings.max_message = 16 * 1024 * 1024;
    settings.frame_rate = u32::MAX;
    settings
}

type Serving = (Handle, JoinHandle<Result<Summary, highper_net::Error>>);

fn serve(name: &str, handler: impl Handler) -> Result<Serving, highper_net::Error> {
    let server = Server::builder()
        .listen("127.0.0.1:0")
        .topology(Topology::PerCore { workers: 1 })
        .drain_timeout(Duration::from_millis(100))
        .build()?;
    println!("{name} {}", server.local_addrs()[0]);
    Ok((server.handle(), tokio::spawn(server.run(Http::new(handler)))))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), highper_net::Error> {
    let servers = [
        serve("events", WebSocket::with(Echo, settings(true)))?,
        serve("task", SocketHandler::with(echo, settings(false)))?,
    ];
    std::thread::spawn({
        let handles = [servers[0].0.clone(), servers[1].0.clone()];
        move || {
            // Whether it ends or fails, nobody is there any more.
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            handles.iter().for_each(Handle::stop);
        }
    });
    for (_, server) in servers {
        // A server that panicked has said so.
        if let Ok(ended) = server.await {
            ended?;
        }
    }
    Ok(())
}
