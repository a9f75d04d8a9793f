//! HTTP/1.1 and HTTP/2 for Highper handlers.
//!
//! Every byte of an HTTP/1 connection passes a strict framing check before the protocol engine sees
//! it, every limit and time-out has a name in [`Limits`], and whatever is refused is answered as
//! problem+json (RFC 9457) that says which field and where.
//!
//! | feature | what |
//! |---|---|
//! | `tls` | TLS by rustls with aws-lc-rs |
//! | `tls-ring` | TLS by rustls with ring |
//!
//! ```no_run
//! use highper_core::{Handler, IntoResponse, Request, Response};
//! use highper_http::{Http, Limits};
//! use highper_net::Server;
//!
//! struct Hello;
//!
//! impl Handler for Hello {
//!     async fn call(&self, _: Request) -> Response {
//!         "Hello, World!".into_response()
//!     }
//! }
//!
//! # async fn run() -> Result<(), highper_net::Error> {
//! let server = Server::builder().listen("127.0.0.1:8080").build()?;
//! server.run(Http::new(Hello).limits(Limits::default())).await?;
//! # Ok(())
//! # }
//! ```

mod limits;

mod http;

mod counters;

#[cfg(feature = "_rustls")]
mod tls;

#[cfg(not(feature = "_rustls"))]
#[path = "no_tls.rs"]
mod tls;

#[cfg(feature = "tls")]
#[path = "tls/crypto_aws_lc.rs"]
mod tls_crypto;

#[cfg(all(feature = "tls-ring", not(feature = "tls")))]
#[path = "tls/crypto_ring.rs"]
mod tls_crypto;

mod reception;

mod transport;

mod first_bytes;

mod scratch;

mod h1;

mod h2;

mod timer;

mod body_rate;

mod exchange;

mod gate;

#[cfg(test)]
mod gate_tests;

mod sync;

mod refused_request;

mod outgoing;

mod upgrade;

mod server_events;

#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;

pub use hyper;
#[cfg(feature = "_rustls")]
pub use rustls;

pub use self::counters::Counters;
pub use self::http::{Http, Http1};
pub use limits::Limits;
pub use refused_request::RefusedRequest;
pub use server_events::{LastEventId, ServerEvent, ServerEventError, ServerEvents};
#[cfg(feature = "_rustls")]
pub use tls::{Tls, TlsBuilder, TlsConnection, TlsError, TlsProblem, TlsReloader};
pub use upgrade::{Upgrade, Upgraded};
