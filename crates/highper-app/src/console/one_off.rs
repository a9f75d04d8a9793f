//! A command of a provider, in a process of its own.

use std::ffi::OsString;
use std::sync::Arc;

use highper_core::{Command, Container, ContainerBuilder, RunningCommand, ServiceProvider};

use super::output::Failure;
use crate::assembly::assemble;
use crate::log_settings::{LogSettings, LogTarget};
use crate::logging::{LogWishes, Logging};
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
    leave_stdout(&mut application.settings.log);
    let telemetry = Telemetry::start(&application.settings, &mut application.errors);
    let wishes = LogWishes { access: None, ..std::mem::take(&mut application.log_wishes) };
    let logging =
        Logging::start(&application.settings, wishes, &telemetry, &mut application.errors);
    application.providers.add(Named(RunningCommand::new(command.name())));
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

/// Standard output is for what the command finds: lines of the log that would go there go to standard error.
fn leave_stdout(log: &mut LogSettings) {
    let own = log.channels.iter_mut().filter_map(|channel| channel.target.as_mut());
    for target in own.chain([&mut log.target]).filter(|target| **target == LogTarget::Stdout) {
        *target = LogTarget::Stderr;
    }
}

/// Binds the command that runs.
#[derive(Debug)]
struct Named(RunningCommand);

impl ServiceProvider for Named {
    fn register(&self, services: &mut ContainerBuilder) {
        services.instance(self.0.clone());
    }
}

/// A chain may be a circle.
const MAX_CAUSES: usize = 16;

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use highper_core::{BoxError, BoxFuture};

    use super::*;
    use crate::Settings;

    /// Notes at its start which command runs.
    #[derive(Clone, Debug, Default)]
    struct Jobs(Arc<Mutex<Option<String>>>);

    impl ServiceProvider for Jobs {
        fn register(&self, _: &mut ContainerBuilder) {}

        fn boot<'a>(&'a self, container: &'a Container) -> BoxFuture<'a, Result<(), BoxError>> {
            Box::pin(async {
                let running = container.call(|it: Option<Arc<RunningCommand>>| it)?;
                *self.0.lock().unwrap() = running.map(|it| it.name().to_owned());
                Ok(())
            })
        }
    }

    #[tokio::test]
    async fn a_provider_knows_that_a_command_runs() {
        let jobs = Jobs::default();
        let application = Application::with_settings(Settings::default()).provider(jobs.clone());
        let command = Command::new("books:count", "Counts the books", async |_, _| Ok(()));
        assert!(run(application, &command, Vec::new()).await.is_ok());
        assert_eq!(jobs.0.lock().unwrap().as_deref(), Some("books:count"));
    }
}
