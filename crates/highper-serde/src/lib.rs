//! Data formats for Highper: JSON, MessagePack, forms and queries, content negotiation, and the
//! problem details that tell of errors.
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `json` | yes | [`JsonCodec`], [`Json`] |
//! | `messagepack` | yes | [`MessagePackCodec`], [`MessagePack`] |
//! | `form` | yes | [`Query`], [`Form`] |
//!
//! With both `json` and `messagepack` come [`Format`] and [`Negotiated`], which choose between them.
//!
//! ```
//! # #[cfg(all(feature = "json", feature = "messagepack"))]
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! use highper_core::{FromRequest, Request, Response};
//! use highper_serde::{Format, Negotiated};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Deserialize, Serialize)]
//! struct Book {
//!     title: String,
//! }
//!
//! /// Reads JSON or MessagePack by `Content-Type`, answers either by `Accept`.
//! async fn shelve(format: Format, Negotiated(book): Negotiated<Book>) -> Response {
//!     format.respond(&book)
//! }
//!
//! let mut request = Request::post("/books", r#"{"title":"Dune"}"#)
//!     .with_header("content-type", "application/json")
//!     .with_header("accept", "application/msgpack, application/json;q=0.5");
//! let format = Format::from_request(&(), &mut request).await.unwrap();
//! let book = Negotiated::from_request(&(), &mut request).await.unwrap();
//!
//! let response = shelve(format, book).await;
//! assert_eq!(response.header("content-type").unwrap(), "application/msgpack");
//! assert_eq!(response.body().as_bytes(), Some(&b"\x81\xa5title\xa4Dune"[..]));
//! # }
//! # #[cfg(not(all(feature = "json", feature = "messagepack")))] fn main() {}
//! ```

#[cfg(feature = "json")]
mod json_codec;

#[cfg(feature = "json")]
mod json;

#[cfg(feature = "messagepack")]
mod message_pack_codec;

#[cfg(feature = "messagepack")]
mod message_pack_scan;

#[cfg(feature = "messagepack")]
mod message_pack;

#[cfg(any(feature = "json", feature = "messagepack"))]
mod buffer;

#[cfg(any(feature = "json", feature = "messagepack"))]
mod payload;

#[cfg(feature = "form")]
mod query;

#[cfg(feature = "form")]
mod form;

#[cfg(feature = "form")]
mod urlencoded;

#[cfg(any(feature = "json", feature = "messagepack", feature = "form"))]
mod body_rejection;

#[cfg(any(feature = "json", feature = "messagepack", feature = "form"))]
mod excerpt;

mod negotiate;

#[cfg(all(feature = "json", feature = "messagepack"))]
mod format;

#[cfg(all(feature = "json", feature = "messagepack"))]
mod negotiated;

mod problem_renderer;

#[cfg(any(feature = "json", feature = "messagepack", feature = "form"))]
pub use body_rejection::BodyRejection;
#[cfg(feature = "form")]
pub use form::Form;
#[cfg(all(feature = "json", feature = "messagepack"))]
pub use format::Format;
#[cfg(feature = "json")]
pub use json::Json;
#[cfg(feature = "json")]
pub use json_codec::JsonCodec;
#[cfg(feature = "messagepack")]
pub use message_pack::MessagePack;
#[cfg(feature = "messagepack")]
pub use message_pack_codec::{MAX_MESSAGE_PACK_DEPTH, MessagePackCodec};
pub use negotiate::{MAX_MEDIA_RANGES, negotiate};
#[cfg(all(feature = "json", feature = "messagepack"))]
pub use negotiated::Negotiated;
pub use problem_renderer::ProblemRenderer;
#[cfg(feature = "form")]
pub use query::Query;
#[cfg(feature = "form")]
pub use urlencoded::{MAX_FIELD_DEPTH, MAX_FIELDS};
