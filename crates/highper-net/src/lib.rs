//! Highper's event loop: workers, listeners, bounded accept and graceful drain for any TCP protocol.
//!
//! A [`Server`] binds every address before it accepts anything, starts its workers ([`Topology`])
//! and hands each connection, a [`Stream`], to a [`Serve`] together with a [`Drain`], which tells
//! it that the server is going away. A [`Handle`] drains or stops the server from anywhere.
//!
//! An echo server, whole:
//!
//! ```
//! use highper_net::{Drain, Server, Stream};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! async fn echo(mut stream: Stream, drain: Drain) {
//!     let mut bytes = [0; 1024];
//!     loop {
//!         let read = tokio::select! {
//!             read = stream.read(&mut bytes) => read,
//!             () = drain.ending() => return,
//!         };
//!         match read {
//!             Ok(0) | Err(_) => return,
//!             Ok(count) => {
//!                 if stream.write_all(&bytes[..count]).await.is_err() {
//!                     return;
//!                 }
//!             }
//!         }
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Server::builder().listen("127.0.0.1:0").build()?;
//! let address = server.local_addrs()[0];
//! let handle = server.handle();
//! let running = tokio::spawn(server.run(echo));
//!
//! let mut client = tokio::net::TcpStream::connect(address).await?;
//! client.write_all(b"hello").await?;
//! let mut answer = [0; 5];
//! client.read_exact(&mut answer).await?;
//! assert_eq!(&answer, b"hello");
//!
//! handle.drain();
//! let summary = running.await??;
//! assert_eq!((summary.accepted, summary.cut_at_deadline), (1, 0));
//! # Ok(())
//! # }
//! ```
//!
//! # Quiet connections
//!
//! Each worker has a poll instance of its own, which holds its listeners and every socket for the
//! whole of its life. A connection on which nothing happens can be *parked* ([`Parking`],
//! [`Stream::park`]): its task ends, and a slot of 16 bytes is all that is left of it in user memory.
//! The next byte calls the service again, on the same worker. HTTP/1 of `highper-http` does so by
//! itself; a protocol of your own does by [`Parks`] or [`Serve::parked_timeouts`].
//!
//! # What is bounded
//!
//! | bound | set by | beyond it |
//! |---|---|---|
//! | connections at once | [`ServerBuilder::max_connections`] | accepting pauses: clients wait in the backlog |
//! | connections of each worker | [`ServerBuilder::max_connections_per_worker`] | its accepting pauses |
//! | connections kept in memory though quiet | [`Parking::max_hot`] | those quiet for longest park |
//! | parked connections | [`Parking::max_parked`] | closed instead of parked |
//! | time without a byte | [`ParkedTimeouts`] | the connection is closed |
//! | time in which a task keeps its worker | [`ServerBuilder::block_threshold`] | logged with its route |
//! | connections of one peer | [`ServerBuilder::max_connections_per_ip`] | closed at once, counted, logged |
//! | clients not yet accepted | [`ServerBuilder::backlog`] | the kernel makes them retry |
//! | time to drain | [`ServerBuilder::drain_timeout`] | connections are cut and counted |
//! | descriptors and kernel memory | the system | accepting pauses and goes on when there are some |

mod server;

mod builder;

mod listen;

mod listeners;

mod bind;

mod unix_socket;

mod inherited;

pub mod proxy_protocol;

mod topology;

mod serve;

mod stream;

mod async_io;

#[cfg(target_os = "linux")]
mod send_file;

mod socket;

#[cfg(not(target_os = "linux"))]
#[path = "no_send_file.rs"]
mod send_file;

mod resume;

mod drain;

mod handle;

mod worker;

mod parking;

mod reactor;

mod accept;

mod back_off;

mod connection;

mod introduction;

mod limits;

mod places;

mod peer_limit;

mod tally;

mod throttle;

mod supervise;

mod watchdog;

mod error;

mod sync;

pub use crate::{
    builder::ServerBuilder,
    drain::Drain,
    error::Error,
    handle::{Handle, Metrics, Status},
    listen::{Endpoint, ListenAddress, Scheme},
    listeners::Listeners,
    parking::{ParkedTimeouts, Parking},
    reactor::Peer,
    resume::{Caller, Resume},
    serve::{Parks, Serve},
    server::{Server, Summary},
    stream::Stream,
    topology::Topology,
};
