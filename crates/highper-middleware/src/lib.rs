//! Middleware for Highper handlers, one file each, and the way to and from [tower].
//!
//! ```
//! use highper_core::{Handler, IntoResponse, MiddlewareStack, Request, Response};
//! use highper_middleware::BodyLimit;
//!
//! struct Upload;
//!
//! impl Handler for Upload {
//!     async fn call(&self, mut request: Request) -> Response {
//!         match request.read_body().await {
//!             Ok(bytes) => format!("{} bytes", bytes.len()).into_response(),
//!             Err(error) => error.into_response(),
//!         }
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let handler = BodyLimit::bytes(4).wrap(Upload);
//! assert_eq!(handler.call(Request::post("/", "1234")).await.status(), 200);
//! assert_eq!(handler.call(Request::post("/", "12345")).await.status(), 413);
//! # }
//! ```
//!
//! | feature | what it brings |
//! |---|---|
//! | `tower` (default) | [`TowerHandler`], [`TowerLayer`], [`HandlerService`] |
//!
//! [tower]: https://docs.rs/tower

mod body_limit;

#[cfg(feature = "tower")]
mod tower;

pub use body_limit::BodyLimit;

#[cfg(feature = "tower")]
pub use tower::{HandlerService, TowerHandler, TowerLayer};
