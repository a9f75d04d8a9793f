//! Logging for Highper: the events of [`tracing`] as JSON or text lines, written by a thread of their
//! own, in named channels, without secrets; and an access log.
//!
//! Code logs with tracing's macros, or through a [`Logger`] where it wants eight levels and names that
//! are known at run time only. Nobody ever waits for a line to be written: a queue that is full drops
//! lines, counts them and tells it.
//!
//! ```
//! use highper_log::{Format, Log, Output};
//!
//! let (log, _guard) = Log::builder().output(Output::stdout().format(Format::Json)).build()?;
//! log.install()?;
//! tracing::info!(book = "Dune", copies = 2, "sold");
//! tracing::warn!(severity = "notice", channel = "app", "few are left");
//! # Ok::<(), highper_log::LogError>(())
//! ```
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `conformance` | no | `conformance`: checks for whoever writes a [`Logger`] |

mod level;

mod value;

mod logger;

#[cfg(feature = "conformance")]
pub mod conformance;

mod interpolate;

mod access_log;

mod access_entry;

mod access_ids;

mod request_span;

mod trace_parent;

mod log;

mod builder;

mod channel;

mod output;

mod format;

mod escape;

mod shown;

mod timestamp;

mod fields;

mod redaction;

mod limiter;

mod layer;

mod subscriber;

mod spans;

mod part;

mod collector;

mod shared;

mod scratch;

mod queue;

mod writer;

mod rotating_file;

pub use access_log::AccessLog;
pub use builder::LogBuilder;
pub use channel::Channel;
pub use fields::Fields;
pub use format::Format;
pub use level::{Level, UnknownLevel};
pub use limiter::RateLimit;
pub use log::{Guard, Log, LogCounts, LogError};
pub use logger::{ChannelLogger, Logger, NullLogger};
pub use output::{Output, QUEUE_BYTES};
pub use redaction::{MASK, Redaction};
pub use rotating_file::Rotation;
pub use trace_parent::{InvalidTraceParent, TraceParent};
pub use tracing;
pub use value::{Context, DisplayValue, ErrorValue, Value};
