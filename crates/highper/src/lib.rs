//! A web framework for services and sites that hold very many connections at once.
//!
//! This crate only re-exports; depend on the single crates if you need only some.
//!
//! ```no_run
//! use highper::prelude::*;
//!
//! async fn hello(Path(name): Path<String>) -> String {
//!     format!("Hello, {name}!")
//! }
//!
//! #[highper::main]
//! async fn main() -> ExitCode {
//!     Application::new().routes(|router| router.get("/hello/{name}", hello)).main().await
//! }
//! ```
//!
//! | feature (all but `fs`, `otlp`, `otlp-tls`, `prometheus`, `telemetry`, `tls` and `ws*` on by default) | crate |
//! |---|---|
//! | `app` | `highper-app`: the application |
//! | `config` | `highper-config`: configuration, dotenv, secrets |
//! | `console` | `Application::main`: the program as its own console |
//! | `debug-pages` | error pages for developers, in builds with debug assertions alone |
//! | `fs` | `highper-fs`: static files |
//! | `http` | `highper-http` and `highper-net`: the server |
//! | `log` | `highper-log`: JSON and text lines, channels, redaction, an access log |
//! | `macros` | `highper-macros`: `#[highper::main]`, `#[derive(Inject)]` |
//! | `middleware` | `highper-middleware` |
//! | `otlp`, `otlp-tls` | traces, metrics and logs to an OpenTelemetry collector, in `highper-telemetry` |
//! | `prometheus` | metrics as a page for Prometheus, in `highper-telemetry` |
//! | `router` | `highper-router` |
//! | `serde` | `highper-serde`: JSON, MessagePack, forms, negotiation |
//! | `telemetry` | `highper-telemetry`: metrics and traces |
//! | `tls` | TLS by rustls, in `highper-http` |
//! | `tower` | the tower adapter of `highper-middleware` |
//! | `ws` | `highper-ws`: WebSocket |
//! | `ws-deflate` | messages of WebSockets in fewer bytes |
//! | `ws-redis` | channels of WebSockets over several processes |

pub mod prelude;

pub use highper_core::*;

#[cfg(feature = "app")]
pub use highper_app::{
    AppHandler, Application, DebugSettings, LogChannel, LogFormat, LogSettings, LogTarget,
    Settings, StartError, TelemetrySettings, block_on,
};

#[cfg(feature = "config")]
pub use highper_config as config;
#[cfg(feature = "fs")]
pub use highper_fs as fs;
#[cfg(feature = "http")]
pub use highper_http as http_server;
#[cfg(feature = "log")]
pub use highper_log as log;
#[cfg(feature = "macros")]
pub use highper_macros::{Inject, main};
#[cfg(feature = "middleware")]
pub use highper_middleware as middleware;
#[cfg(feature = "debug-pages")]
pub use highper_mvc as mvc;
#[cfg(feature = "http")]
pub use highper_net as net;
#[cfg(feature = "router")]
pub use highper_router as router;
#[cfg(feature = "serde")]
pub use highper_serde as serde;
#[cfg(feature = "telemetry")]
pub use highper_telemetry as telemetry;
#[cfg(feature = "ws")]
pub use highper_ws as ws;
