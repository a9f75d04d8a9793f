//! A command of a provider, in a process of its own.

use std::ffi::OsString;
use std::sync::Arc;

use highper_core::{Command, Container};

use super::output::Failure;
use crate::assembly::assemble;
use crate::log_settings::LogTarget;
use crate::logging::Logging;
use crate::run::{refused, shut_down};
use crate::signals::Signals;
use crate::telemetry::Telemetry;
use crate::{Application, StartError};

/// Boots all providers, runs the command, and shuts them down. The first SIGTERM or Ctrl-C drops it where
/// it waits, so that it ends in order; a second one kills it.
pub(super) async fn run(
    mut application: Application,
    command: &Command,
    arguments: Vec<OsString>,
) -> Result<(), Failure> {
    let log = &mut application.settings.log;
    if log.target == LogTarget::Stdout {
        // Standard output is for what the command finds.
        log.target = LogTarget::Stderr;
    }
    let telemetry = Telemetry::start(&application.settings, &mut application.errors);
    let logging = Logging::start(&application.settings, None, &telemetry, &mut application.errors);
    let result = booted(application, (&logging, &telemetry), command, arguments).await;
    logging.flush().await;
    telemetry.finish().await;
    logging.flush().await;
    result
}

async fn booted(
    application: Application,
    (logging, telemetry): (&Logging, &Telemetry),
    command: &Command,
    arguments: Vec<OsString>,
) -> Result<(), Failure> {
    let Application { settings, mut errors, providers, router, error_handling, .. } = application;
    let error_handling = error_handling.finish(&settings, &mut errors);
    let reported = Arc::clone(&error_handling);
    let mut assembled =
        assemble(errors, &providers, router, error_handling, None, logging, telemetry);
    let Some((container, _)) = assembled.take() else { return Err(assembled.errors.into()) };
    reported.start();
    providers.boot(&container).await?;
    let result = until_signal(command, container.clone(), arguments).await;
    let late = shut_down(&providers, &container).await;
    reported.finish().await;
    late.iter().for_each(|problem| tracing::error!("{problem}"));
    result.map_err(|problem| Failure::from(format!("{}: {problem}", command.name())))?;
    Ok(late.into_result().map_err(StartError::at_the_end)?)
}

async fn until_signal(
    command: &Command,
    container: Container,
    arguments: Vec<OsString>,
) -> Result<(), String> {
    let mut signals = Signals::new()
        .map_err(|error| refused("refuses handlers of signals", &error).to_string())?;
    let result = tokio::select! {
        result = command.run(container, arguments) => result,
        name = signals.next_end() => return Err(format!("{name} has ended it")),
    };
    result.map_err(|error| {
        let mut words = error.to_string();
        let causes = std::iter::successors(error.source(), |cause| cause.source());
        causes.take(MAX_CAUSES).for_each(|cause| words.push_str(&format!(": {cause}")));
        words
    })
}

/// A chain may be a circle.
const MAX_CAUSES: usize = 16;
