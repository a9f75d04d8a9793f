//! Assembles a Highper application: settings from files and the environment, service providers, routes,
//! server, signals. Everything that can be wrong is found at the start and told at once.
//!
//! ```no_run
//! use highper_app::{Application, StartError, block_on};
//!
//! fn main() -> Result<(), StartError> {
//!     block_on(Application::new().routes(|router| router.get("/", || async { "Hello" })).run())
//! }
//! ```
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `console` | yes | [`Application::main`]: the program is its own console |
//! | `debug-pages` | yes | error pages for developers, in builds with debug assertions alone |
//! | `otlp` | no | traces, metrics and logs to an OpenTelemetry collector: `OTEL_EXPORTER_OTLP_ENDPOINT` |
//! | `otlp-tls` | no | `otlp` to collectors behind https |
//! | `prometheus` | no | metrics as a page for Prometheus: `TELEMETRY_METRICS_PATH` |
//! | `tls` | no | TLS by rustls: `TLS_CERT`, `TLS_KEY` |

mod settings;

mod tls_settings;

mod debug_settings;

mod log_settings;

mod telemetry_settings;

mod server_section;

mod section_texts;

mod config_provider;

mod application;

mod kept_accept;

mod app_handler;

mod health;

mod health_checks;

mod logging;

#[cfg(feature = "_telemetry")]
mod telemetry;

#[cfg(not(feature = "_telemetry"))]
#[path = "no_telemetry.rs"]
mod telemetry;

#[cfg(feature = "_telemetry")]
mod server_metrics;

#[cfg(feature = "prometheus")]
mod metrics_page;

#[cfg(all(feature = "_telemetry", not(feature = "prometheus")))]
#[path = "no_metrics_page.rs"]
mod metrics_page;

#[cfg(feature = "otlp")]
mod collector;

#[cfg(all(feature = "_telemetry", not(feature = "otlp")))]
#[path = "no_collector.rs"]
mod collector;

mod error_handling;

mod reporting;

mod request_copy;

#[cfg(feature = "debug-pages")]
mod debug_pages;

#[cfg(not(feature = "debug-pages"))]
#[path = "no_debug_pages.rs"]
mod debug_pages;

mod assembly;

mod run;

mod start_error;

mod signals;

mod hangups;

#[cfg(feature = "tls")]
mod tls;

#[cfg(not(feature = "tls"))]
#[path = "no_tls.rs"]
mod tls;

mod process;

#[cfg(feature = "console")]
mod console;

mod runtime;

pub use app_handler::AppHandler;
pub use application::Application;
pub use debug_settings::DebugSettings;
pub use log_settings::{LogChannel, LogFormat, LogSettings, LogTarget};
pub use runtime::block_on;
pub use settings::Settings;
pub use start_error::StartError;
pub use telemetry_settings::TelemetrySettings;
pub use tls_settings::{CertificateFiles, ClientCertificates, TlsSettings};
