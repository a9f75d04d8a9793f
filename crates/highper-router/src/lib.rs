//! Path to handler: routes, groups with their own middleware, names and URLs, hosts.
//!
//! ```
//! use highper_core::{Container, Handler, Request};
//! use highper_router::{Path, Router};
//!
//! async fn show(Path(id): Path<u32>) -> String {
//!     format!("book {id}")
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let routes = Router::new()
//!     .get("/", async || "the shop")
//!     .group("/books", |books| books.get("/{id}", show).name("books.show"))
//!     .build(&Container::default())
//!     .unwrap();
//!
//! assert_eq!(routes.url("books.show", &[("id", "7")]).unwrap(), "/books/7");
//! let answer = routes.call(Request::get("/books/7")).await;
//! assert_eq!(answer.into_body().as_bytes(), Some(&b"book 7"[..]));
//! assert_eq!(routes.call(Request::get("/nowhere")).await.status(), 404);
//! # }
//! ```
//!
//! Patterns are matchit's: `/books/{id}`, `/files/{*path}`, `/v{major}/{name}.json`; `{{` and `}}` are
//! braces. A path is matched percent-encoded as it arrived, and decoded when a parameter is taken. A
//! parameter is never empty: `/files/{*path}` has neither `/files` nor `/files/`.
//!
//! Between two `/` there is at most one parameter. Patterns may overlap; what is fixed goes first, then
//! a parameter with a suffix (`/{name}.json`) or a prefix (`/v{major}`), the longest first, then a
//! lone one, then a wildcard. What has no order is a conflict, told by [`Router::build`]: parameters at
//! the same place with a prefix and with a suffix, two that have both, and a wildcard beside `/{name}`
//! or `/{name}.json`.

mod router;

mod build;

mod gathered;

mod pattern;

mod layout;

mod routes;

mod table;

mod methods;

mod refusals;

mod host;

mod mount;

mod into_handler;

mod path;

mod path_deserializer;

mod path_value;

mod url;

pub use into_handler::{ByHandler, FnHandler, IntoHandler};
pub use matchit;
pub use path::Path;
pub use router::{Router, TrailingSlash};
pub use routes::{RouteInfo, Routes};
pub use url::UrlError;
