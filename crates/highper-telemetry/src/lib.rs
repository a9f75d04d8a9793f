//! Metrics and traces of Highper applications, by OpenTelemetry: a page for Prometheus, and OTLP to a
//! collector. Both show the same metrics, which are counted once.
//!
//! No request waits for a collector: what is finished goes into a bounded queue that a thread of its own
//! empties, and what has no place there is dropped and counted.
//!
//! ```no_run
//! # use highper_core::{Handler, IntoResponse, MiddlewareStack, Request, Response};
//! # struct Hello;
//! # impl Handler for Hello { async fn call(&self, _: Request) -> Response { "".into_response() } }
//! use highper_telemetry::Telemetry;
//!
//! let telemetry = Telemetry::builder().service_name("shop").build();
//! let app = telemetry.requests().wrap(Hello);
//! let sold = telemetry.meter().u64_counter("shop.sold").build();
//! ```
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `prometheus` | no | [`MetricsPage`], and [`TelemetryBuilder::metrics_page`] |
//! | `otlp` | no | [`Otlp`], and [`TelemetryBuilder::otlp`]: traces, metrics and logs to a collector; [`propagate`] |
//! | `otlp-tls` | no | `otlp` to collectors behind https, by rustls |

mod builder;

mod telemetry;

mod request_telemetry;

mod request_entry;

mod request_metrics;

mod active_requests;

mod method_name;

mod call;

mod http_call;

mod database_call;

mod message_call;

mod call_metrics;

#[cfg(feature = "otlp")]
mod call_span;

#[cfg(not(feature = "otlp"))]
#[path = "no_call_span.rs"]
mod call_span;

#[cfg(feature = "otlp")]
mod request_span;

#[cfg(feature = "otlp")]
mod request_attributes;

#[cfg(not(feature = "otlp"))]
#[path = "no_request_span.rs"]
mod request_span;

#[cfg(feature = "otlp")]
mod log_records;

#[cfg(not(feature = "otlp"))]
#[path = "no_log_records.rs"]
mod log_records;

#[cfg(feature = "otlp")]
mod otlp;

#[cfg(feature = "otlp-tls")]
mod https;

#[cfg(all(feature = "otlp", not(feature = "otlp-tls")))]
#[path = "no_https.rs"]
mod https;

#[cfg(feature = "otlp")]
mod propagation;

#[cfg(feature = "prometheus")]
mod metrics_page;

#[cfg(any(feature = "otlp", feature = "prometheus"))]
mod telemetry_error;

pub use builder::TelemetryBuilder;
pub use call::Call;
pub use database_call::DatabaseCall;
pub use http_call::HttpCall;
pub use message_call::MessageCall;
#[cfg(feature = "prometheus")]
pub use metrics_page::MetricsPage;
pub use opentelemetry;
#[cfg(feature = "otlp")]
pub use otlp::Otlp;
#[cfg(feature = "otlp")]
pub use propagation::propagate;
pub use request_telemetry::RequestTelemetry;
pub use telemetry::Telemetry;
#[cfg(any(feature = "otlp", feature = "prometheus"))]
pub use telemetry_error::TelemetryError;
