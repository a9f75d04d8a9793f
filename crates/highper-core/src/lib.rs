//! The vocabulary of Highper: the traits that third parties implement and the few types they mention.
//!
//! No runtime, no protocol, no I/O: a handler, a middleware or an extractor depends on this crate
//! alone and runs in every server, test kit or adapter that speaks it.
//!
//! ```
//! use highper_core::{Handler, IntoResponse, Middleware, Request, Response};
//!
//! struct Hello;
//!
//! impl Handler for Hello {
//!     async fn call(&self, request: Request) -> Response {
//!         format!("Hello from {}", request.path()).into_response()
//!     }
//! }
//!
//! struct PoweredBy;
//!
//! impl Middleware for PoweredBy {
//!     async fn handle<N: Handler>(&self, request: Request, next: &N) -> Response {
//!         next.call(request).await.with_header("x-powered-by", "Highper")
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! use highper_core::MiddlewareStack;
//! let app = PoweredBy.wrap(Hello);
//! let response = app.call(Request::get("/shelf")).await;
//! assert_eq!(response.header("x-powered-by").unwrap(), "Highper");
//! # }
//! ```

mod field_value;

mod request_head;

mod request;

mod raw_request;

mod request_conversions;

mod connection;

mod spare_headers;

mod route_match;

mod few_headers;

mod response;

mod into_response;

mod replies;

mod body;

mod body_adapters;

mod body_error;

mod file_slice;

mod handler_future;

mod handler;

mod middleware;

mod from_request;

mod extractors;

mod inject;

mod panic;

mod call_stack;

mod error;

mod boot_errors;

mod problem;

mod error_renderer;

mod error_reporter;

mod sync;

mod container;

mod command;

mod health_check;

mod provider;

mod providers;

mod activity;

mod codec;

pub use activity::{Activity, ActivitySample, OnRoute};
pub use body::{Body, BodyDataStream, DEFAULT_BODY_LIMIT};
pub use body_error::BodyError;
pub use boot_errors::BootErrors;
pub use bytes;
pub use call_stack::capture_backtraces;
pub use codec::{Codec, CodecError};
pub use command::{Command, RunningCommand};
pub use connection::Connection;
pub use container::{
    ByResolver, ConfigValues, Container, ContainerBuilder, ContainerError, Draft, ExtendFn,
    Factory, FromContainer, InjectedFn, Lifetime, MissingBinding, NamedBinding, Needs,
    NeedsService, NeedsValue, Parameters, Resolver, Scope, ServiceKey, Tagged, When,
};
pub use error::{Error, Place};
pub use error_renderer::{ErrorContext, ErrorRenderer, RenderedError};
pub use error_reporter::{ErrorReport, ErrorReporter, Reported};
pub use extractors::PeerAddr;
pub use few_headers::FewHeaders;
pub use field_value::{FieldValue, InvalidFieldValue};
pub use file_slice::{FileSlice, SendFile};
pub use from_request::FromRequest;
pub use handler::{BoxHandler, DynHandler, Handler};
pub use handler_future::HandlerFuture;
pub use health_check::{HEALTH_CHECKS, HealthCheck};
pub use http;
pub use http_body;
pub use inject::{Inject, Scoped, ScopedBinding};
pub use into_response::IntoResponse;
pub use middleware::{Layered, Middleware, MiddlewareStack};
pub use panic::{CatchPanic, PanicError, install_panic_hook};
pub use problem::Problem;
pub use provider::ServiceProvider;
pub use providers::Providers;
pub use raw_request::RawRequest;
pub use replies::{Html, Redirect};
pub use request::Request;
pub use request_head::{RawField, RawHead, RawTarget};
pub use response::Response;
pub use route_match::{MAX_PARAMETERS, Parameter, RouteMatch, RoutePattern};

/// A boxed, sendable future: what crosses an object-safe boundary.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Any error, as a private cause.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
