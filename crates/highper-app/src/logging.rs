//! The log of a process: how it begins, what the application has of it, how it ends.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use highper_core::{BootErrors, ContainerBuilder};
use highper_log::{
    AccessLog, Channel, Format, Guard, Log, LogBuilder, LogError, Logger, Output, RateLimit,
    Redaction, Rotation,
};

use crate::log_settings::{LogChannel, LogFormat, LogTarget};
use crate::telemetry::Telemetry;
use crate::{LogSettings, Settings};

/// What an application says of its log in code.
#[derive(Default)]
pub(crate) struct LogWishes {
    pub(crate) access: Option<AccessLog>,
    pub(crate) changes: Vec<Box<dyn FnOnce(LogBuilder) -> LogBuilder + Send>>,
}

impl LogWishes {
    /// Everything but the outputs of the settings; without any where nobody hears the log.
    fn builder(self, settings: &LogSettings, is_heard: bool) -> (LogBuilder, Option<AccessLog>) {
        let builder = self.changes.into_iter().fold(builder(settings), |log, change| change(log));
        (if is_heard { builder } else { builder.without_outputs() }, self.access)
    }
}

/// What an application has of the log.
#[derive(Clone, Debug, Default)]
pub(crate) struct Logging {
    /// None where it could not be made, which is told already.
    log: Option<Log>,
    access: Option<AccessLog>,
}

impl Logging {
    /// Makes the events of this process lines, as the settings say. An application that has a subscriber
    /// of its own keeps it.
    pub(crate) fn start(
        settings: &Settings,
        wishes: LogWishes,
        telemetry: &Telemetry,
        errors: &mut BootErrors,
    ) -> Self {
        let is_heard = settings.log.level.is_some() && !tracing::dispatcher::has_been_set();
        let output = if is_heard { output(&settings.log, &settings.log.target) } else { None };
        if settings.log.has_file() && settings.log.rotates() && settings.workers > 0 {
            errors.push(
                "LOG_TARGET, LOG_CHANNELS: several processes write the file, and none of them can put it \
                 aside; unset LOG_ROTATE_BYTES and LOG_ROTATE_DAILY, or set WORKERS=0",
            );
        }
        let exported = if is_heard { telemetry.log_output() } else { None };
        let outputs = output.into_iter().chain(exported);
        let (builder, access) = wishes.builder(&settings.log, is_heard);
        let built = outputs.fold(builder, LogBuilder::output).build();
        let logging = Self::new(&built, settings, access, errors);
        if let Ok((log, guard)) = built {
            if is_heard {
                // Somebody who was quicker has it.
                let _ = telemetry.install(&log);
            }
            // Its subscriber cannot be taken back, so the log of a process does not end before that.
            std::mem::forget(guard);
        }
        logging
    }

    /// A log whose lines go nowhere, for an application that is no process.
    pub(crate) fn silent(settings: &Settings, wishes: LogWishes, errors: &mut BootErrors) -> Self {
        let (builder, access) = wishes.builder(&settings.log, false);
        Self::new(&builder.build(), settings, access, errors)
    }

    fn new(
        built: &Result<(Log, Guard), LogError>,
        settings: &Settings,
        access: Option<AccessLog>,
        errors: &mut BootErrors,
    ) -> Self {
        if let Err(error) = built {
            errors.push(format_args!("the log: {error}"));
        }
        let access = match settings.log.access {
            None => access,
            Some(true) => Some(access.unwrap_or_default()),
            Some(false) => None,
        };
        Self { log: built.as_ref().ok().map(|(log, _)| log.clone()), access }
    }

    /// The log itself, where there is one.
    pub(crate) fn log(&self) -> Option<&Log> {
        self.log.as_ref()
    }

    /// The middleware that writes a line for each request, where that is wanted.
    pub(crate) fn access(&self) -> Option<AccessLog> {
        self.access
    }

    /// Binds the log, whose levels can be changed, and a logger to its first channel. Providers may bind
    /// others.
    pub(crate) fn register(&self, services: &mut ContainerBuilder) {
        let Some(log) = &self.log else { return };
        services.shared(Arc::new(log.clone()));
        if let Ok(logger) = log.logger(FIRST_CHANNEL) {
            services.shared::<dyn Logger>(Arc::new(logger));
        }
    }

    /// Waits until all lines so far are written, but not for ever.
    pub(crate) async fn flush(&self) {
        if let Some(log) = self.log.clone() {
            // There is nobody left to be told that the time did not suffice.
            let _ = tokio::task::spawn_blocking(move || log.flush(FLUSH_TIMEOUT)).await;
        }
    }
}

/// Everything but the outputs.
fn builder(settings: &LogSettings) -> LogBuilder {
    let redaction = settings.redact.iter().fold(Redaction::default(), |all, key| all.key(key));
    let redaction = settings.redact_after.iter().fold(redaction, |all, prefix| all.after(prefix));
    let mut builder = Log::builder().name(FIRST_CHANNEL).redaction(redaction);
    if let Some(level) = settings.level {
        builder = builder.level(level);
    }
    if let Some(lines) = settings.rate_limit {
        let sample = settings.sample.unwrap_or_default();
        builder = builder.rate_limit(RateLimit::per_second(lines).then_one_of(sample));
    }
    settings.channels.iter().fold(builder, |builder, it| builder.channel(channel(settings, it)))
}

fn channel(settings: &LogSettings, own: &LogChannel) -> Channel {
    let channel = Channel::new(&own.module).target(&own.module).level(own.level);
    match &own.target {
        None => channel,
        Some(target) => {
            let output = output(settings, target).unwrap_or_else(Output::null);
            channel.output(output.bubble(false))
        }
    }
}

fn output(settings: &LogSettings, target: &LogTarget) -> Option<Output> {
    match target {
        LogTarget::Stderr => Some(Output::stderr().format(format(settings, &std::io::stderr()))),
        LogTarget::Stdout => Some(Output::stdout().format(format(settings, &std::io::stdout()))),
        LogTarget::File(path) => {
            let mut rotation = Rotation::never().keep(settings.keep);
            if let Some(bytes) = settings.rotate_bytes {
                rotation = rotation.at_bytes(bytes);
            }
            if settings.rotate_daily {
                rotation = rotation.daily();
            }
            let format = match settings.format {
                LogFormat::Auto | LogFormat::Json => Format::Json,
                LogFormat::Text => Format::Text,
            };
            Some(Output::file(path, rotation).format(format))
        }
        LogTarget::None => None,
    }
}

fn format(settings: &LogSettings, stream: &impl IsTerminal) -> Format {
    let is_text = match settings.format {
        LogFormat::Auto => stream.is_terminal(),
        LogFormat::Json => false,
        LogFormat::Text => true,
    };
    if !is_text {
        return Format::Json;
    }
    let (wish, no_color) = (std::env::var("AMP_LOG_COLOR").ok(), std::env::var("NO_COLOR").ok());
    Format::text(wish.as_deref(), no_color.as_deref(), stream)
}

/// The channel of all that belongs to no other.
const FIRST_CHANNEL: &str = "app";

/// Lines that were not written so long after the end are lost.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);
