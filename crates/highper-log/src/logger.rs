//! The handle that code logs through which knows eight levels and names of values only at run time.

use std::fmt::{self, Debug, Display};
use std::sync::Arc;

use crate::interpolate::interpolate;
use crate::scratch::Scratch;
use crate::shared::Shared;
use crate::shown::push_raw;
use crate::{Context, Fields, Level};

/// Takes records of all eight levels: PSR-3's logger.
///
/// Where names and levels are known when the code is written, tracing's macros are shorter and cost
/// less; both come out as the same lines. A service that logs through this trait can be given another
/// logger, [`NullLogger`] for one.
///
/// `{placeholders}` in the message are replaced from the context; see [`Value`](crate::Value) for what
/// may be in it. Nothing in a message or context is an error, or panics.
///
/// # Example
/// ```
/// use highper_log::{Context, Level, Logger, NullLogger};
///
/// fn sell(logger: &dyn Logger, book: &str) {
///     logger.notice(&"sold {book}", &Context::new().with("book", book));
///     logger.log(Level::Notice, &"the same, with the level as a value", &Context::new());
/// }
/// sell(&NullLogger, "Dune");
/// ```
pub trait Logger: Debug + Send + Sync + 'static {
    /// Takes one record.
    fn log(&self, level: Level, message: &dyn Display, context: &Context<'_>);

    /// Somebody has to act at once, and nothing works any more.
    fn emergency(&self, message: &dyn Display, context: &Context<'_>) {
        self.log(Level::Emergency, message, context);
    }

    /// Somebody has to act at once.
    fn alert(&self, message: &dyn Display, context: &Context<'_>) {
        self.log(Level::Alert, message, context);
    }

    /// A part of the system does not work.
    fn critical(&self, message: &dyn Display, context: &Context<'_>) {
        self.log(Level::Critical, message, context);
    }

    /// Something failed; nobody has to be woken.
    fn error(&self, message: &dyn Display, context: &Context<'_>) {
        self.log(Level::Error, message, context);
    }

    /// Not wrong, not wanted either.
    fn warning(&self, message: &dyn Display, context: &Context<'_>) {
        self.log(Level::Warning, message, context);
    }

    /// Normal, and worth noticing.
    fn notice(&self, message: &dyn Display, context: &Context<'_>) {
        self.log(Level::Notice, message, context);
    }

    /// What happens.
    fn info(&self, message: &dyn Display, context: &Context<'_>) {
        self.log(Level::Info, message, context);
    }

    /// For who looks for a fault.
    fn debug(&self, message: &dyn Display, context: &Context<'_>) {
        self.log(Level::Debug, message, context);
    }
}

/// Takes every record and does nothing with it.
#[derive(Clone, Copy, Debug, Default)]
pub struct NullLogger;

impl Logger for NullLogger {
    fn log(&self, _: Level, _: &dyn Display, _: &Context<'_>) {}
}

/// Logs to one channel of a [`Log`](crate::Log), through tracing: other subscribers get the events too,
/// with the fields `severity`, `channel` and `context` (JSON).
///
/// Bind one in the container as `Arc<dyn Logger>`, for services that ask for it.
#[derive(Clone)]
pub struct ChannelLogger {
    pub(crate) shared: Arc<Shared>,
    pub(crate) channel: usize,
}

impl Logger for ChannelLogger {
    fn log(&self, level: Level, message: &dyn Display, context: &Context<'_>) {
        let channel = &self.shared.channels[self.channel];
        if level < channel.level.level() {
            return;
        }
        let redaction = &self.shared.redaction;
        Scratch::lend(|scratch| {
            push_raw(&mut scratch.message, format_args!("{message}"));
            let mut text = String::new();
            interpolate(&mut text, &scratch.message, context, redaction);
            Fields::new(&mut scratch.context, 0, redaction).add_context(context);
            let context = String::from_utf8_lossy(&scratch.context);
            emit(level, &channel.name, &text, &context);
        });
    }
}

impl Debug for ChannelLogger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.shared.channels[self.channel].name;
        f.debug_struct("ChannelLogger").field("channel", name).finish_non_exhaustive()
    }
}

fn emit(level: Level, channel: &str, text: &str, context: &str) {
    let severity = level.as_str();
    macro_rules! event {
        ($level:ident) => {
            tracing::event!(
                target: TARGET, tracing::Level::$level, severity, channel, context, message = text
            )
        };
    }
    match level {
        Level::Debug => event!(DEBUG),
        Level::Info | Level::Notice => event!(INFO),
        Level::Warning => event!(WARN),
        Level::Error | Level::Critical | Level::Alert | Level::Emergency => event!(ERROR),
    }
}

/// The target of all events that come from a [`ChannelLogger`].
pub(crate) const TARGET: &str = "highper_log::logger";
