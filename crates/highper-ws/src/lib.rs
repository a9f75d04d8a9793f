//! WebSocket (RFC 6455) for Highper: a connection on which nothing happens parks as any other, and
//! leaves a socket, its state and a few bytes behind.
//!
//! [`WebSocket`] is a handler for a route; an [`Events`] says what happens on its connections. Where a task
//! for each connection is easier to write, there is [`SocketHandler`]: `recv().await`, `send().await`.
//!
//! ```
//! use highper_core::{Error, Request};
//! use highper_ws::{Events, Message, Sender, WebSocket};
//!
//! struct Echo;
//!
//! impl Events for Echo {
//!     type State = ();
//!
//!     async fn on_open(&self, _: Request, _: &Sender) -> Result<(), Error> {
//!         Ok(())
//!     }
//!
//!     async fn on_message(&self, (): &mut (), sender: &Sender, message: Message) {
//!         let _ = sender.send(message).await;
//!     }
//! }
//!
//! let handler = WebSocket::new(Echo);
//! # let _ = handler;
//! ```
//!
//! | feature (off by default) | what |
//! |---|---|
//! | `deflate` | messages are compressed (RFC 7692), where the settings say so |

mod websocket;

mod settings;

mod handshake;

mod events;

mod client;

mod socket;

mod driver;

mod step;

mod wire;

mod link;

mod frames;

mod sender;

mod channels;

mod message;

mod rate;

mod codec;

#[cfg(feature = "deflate")]
mod deflate;

#[cfg(not(feature = "deflate"))]
#[path = "no_deflate.rs"]
mod deflate;

pub use channels::{Broadcast, Channels, JoinError, Membership};
pub use codec::{CloseCode, CloseFrame, Decoded, Decoder, Violation};
pub use deflate::Deflate;
pub use events::Events;
pub use message::{Message, Text};
pub use sender::{Frame, SendError, Sender};
pub use settings::{Overflow, WebSocketSettings};
pub use socket::{Socket, SocketHandler};
pub use websocket::WebSocket;
