//! What every peer shares: where to listen, with how many workers, and the message that `/json`
//! answers. Keeping it here keeps the peers alike.

use std::{
    env,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    process,
};

use serde::Serialize;
use socket2::{Domain, Socket, Type};

/// The body of `/plaintext`, and the message of `/json`.
pub const HELLO: &str = "Hello, World!";

/// As long a queue of connections as the kernel allows by default (`net.core.somaxconn`), so that
/// 15,000 clients may come at once.
pub const BACKLOG: i32 = 4096;

/// How many messages to everybody may wait for the slowest.
pub const ROOM: usize = 16;

/// The answer of `/json`, serialised anew for each request.
#[derive(Debug, Serialize)]
pub struct Message {
    message: &'static str,
}

impl Message {
    /// The one message that is ever sent.
    pub const fn hello() -> Self {
        Self { message: HELLO }
    }
}

/// 127.0.0.1 and the port from the environment's `PORT`.
pub fn address() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, number("PORT", None)))
}

/// The environment's `WORKERS`, or 1.
pub fn workers() -> usize {
    usize::from(number("WORKERS", Some(1)).max(1))
}

/// A non-blocking listener on [`address`] that several workers may open side by side
/// (`SO_REUSEPORT`).
pub fn shared_listener() -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM.nonblocking(), None)?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    // On Linux the accepted sockets inherit it: answers leave at once instead of waiting for the
    // acknowledgement of the one before.
    socket.set_tcp_nodelay(true)?;
    socket.bind(&address().into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn number(name: &str, default: Option<u16>) -> u16 {
    let value = env::var(name).ok();
    match (value.as_deref().map(str::parse), default) {
        (Some(Ok(number)), _) => number,
        (None, Some(default)) => default,
        _ => {
            eprintln!("{name} must be set to a number from 0 to 65535, not to {value:?}");
            process::exit(2);
        }
    }
}
