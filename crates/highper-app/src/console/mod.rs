//! The program is its own console: it serves, or does one of its other commands.

mod command_line;

mod completions;

mod config;

mod defaults;

mod health;

mod one_off;

mod output;

mod restart;

mod routes;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::ArgMatches;
use highper_config::Config;
use highper_core::{BootErrors, Command, Container};

use crate::assembly::{Assembled, assemble};
use crate::console::output::{Failure, fail};
use crate::logging::{LogWishes, Logging};
use crate::telemetry::Telemetry;
use crate::{AppHandler, Application};

impl Application {
    /// Does what the arguments of the process ask for: the whole program.
    ///
    /// | command | what it does |
    /// |---|---|
    /// | `serve`, or none | [`run`](Self::run) |
    /// | `routes` | lists the routes |
    /// | `config:show` | shows what is in effect, and where it comes from |
    /// | `config:check` | looks at everything that `serve` would look at, and listens nowhere |
    /// | `health` | asks a running server whether it is ready |
    /// | `restart` | has a running server take its newest program, without losing a client |
    /// | `completions` | prints a script for a shell |
    /// | those of [`ServiceProvider::commands`](highper_core::ServiceProvider::commands) | in a process of their own, with all services |
    ///
    /// `--set KEY=VALUE` stands with each of them, and `--help` tells more. What they find goes to
    /// standard output (as JSON with `--json`), what is wrong and the log to standard error.
    ///
    /// The exit code is 0 if all went well, 1 if not, 2 if the arguments are none of these.
    ///
    /// # Example
    /// ```no_run
    /// use std::process::ExitCode;
    ///
    /// use highper_app::{Application, block_on};
    ///
    /// fn main() -> ExitCode {
    ///     block_on(Application::new().routes(|router| router.get("/", || async { "Hello" })).main())
    /// }
    /// ```
    pub async fn main(mut self) -> ExitCode {
        let commands = self.providers.commands(self.config.environment(), Some(&self.config));
        command_line::check(&commands, &mut self.errors);
        let matches = match command_line::of(&commands).try_get_matches() {
            Ok(matches) => matches,
            Err(error) => {
                // Nobody is left to be told that it could not be printed.
                let _ = error.print();
                return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1));
            }
        };
        match self.obey(&commands, &matches).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => fail(&failure),
        }
    }

    async fn obey(self, commands: &[Command], matches: &ArgMatches) -> Result<(), Failure> {
        match matches.subcommand() {
            None | Some(("serve", _)) => Ok(self.run().await?),
            Some(("routes", options)) => routes::list(self, options),
            Some(("config:show", options)) => config::show(self, options),
            Some(("config:check", options)) => config::check(self, options),
            Some(("health", options)) => health::ask(&self.settings, options).await,
            Some(("restart", _)) => restart::restart(&self.settings).await,
            Some(("completions", options)) => completions::print(commands, options),
            Some((name, options)) => {
                let Some(command) = commands.iter().find(|command| command.name() == name) else {
                    return Err(Failure::from(format!("there is no command `{name}`")));
                };
                let arguments = options.get_many::<OsString>(command_line::ARGUMENTS);
                let arguments = arguments.into_iter().flatten().cloned().collect();
                one_off::run(self, command, arguments).await
            }
        }
    }
}

/// What a command looks at: an application that is assembled and not booted, with everything that is
/// wrong with it.
struct Looked {
    config: Config,
    parts: Option<(Container, AppHandler)>,
    errors: BootErrors,
}

impl Looked {
    fn at(mut application: Application) -> Self {
        let wishes = LogWishes { access: None, ..std::mem::take(&mut application.log_wishes) };
        let Application { settings, config, providers, router, error_handling, .. } = application;
        let logging = Logging::silent(&settings, wishes, &mut application.errors);
        let telemetry = Telemetry::start(&settings, &mut application.errors);
        let error_handling = error_handling.finish(&settings, &mut application.errors);
        let health_path = settings.health_path.as_deref();
        let mut assembled: Assembled = assemble(
            application.errors,
            &providers,
            router,
            error_handling,
            health_path,
            &logging,
            &telemetry,
        );
        crate::run::check(&settings, &mut assembled.errors);
        let parts = assembled.take();
        Self { config, parts, errors: assembled.errors }
    }
}
