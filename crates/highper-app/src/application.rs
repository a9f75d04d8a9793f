//! The application: what it is made of, how it starts, how it ends.

use std::net::SocketAddr;
use std::sync::Arc;

use highper_config::{Arguments, Config, Environment};
use highper_core::{BootErrors, ErrorRenderer, ErrorReporter, Providers, ServiceProvider};
use highper_log::AccessLog;
use highper_router::Router;

use crate::assembly::assemble;
use crate::config_provider::ConfigProvider;
use crate::error_handling::ErrorHandling;
use crate::logging::Logging;
use crate::run::run;
use crate::server_section::{self, with_variables};
use crate::telemetry::Telemetry;
use crate::{AppHandler, Settings, StartError};

/// What runs after the server listens and before it serves, with the addresses.
pub(crate) type OnListening = Box<dyn FnOnce(&[SocketAddr]) + Send>;

/// An application: service providers, routes, settings.
///
/// # Example
/// ```no_run
/// use highper_app::{Application, StartError};
///
/// # async fn start() -> Result<(), StartError> {
/// Application::new()
///     .routes(|router| router.get("/hello/{name}", |highper_router::Path(name): highper_router::Path<String>| async move {
///         format!("Hello, {name}!")
///     }))
///     .run()
///     .await
/// # }
/// ```
pub struct Application {
    pub(crate) settings: Settings,
    pub(crate) errors: BootErrors,
    pub(crate) config: Config,
    pub(crate) providers: Providers,
    pub(crate) router: Router,
    pub(crate) error_handling: ErrorHandling,
    access_log: Option<AccessLog>,
    pub(crate) logging: Logging,
    pub(crate) telemetry: Telemetry,
    pub(crate) on_listening: Option<OnListening>,
}

impl Application {
    /// An application with the configuration of the project in the working directory: files, environment
    /// and arguments, see [`ConfigBuilder::project`](highper_config::ConfigBuilder::project). Its settings
    /// are the section `server`; see [`Settings`].
    #[must_use]
    pub fn new() -> Self {
        let (environment, arguments) =
            (Environment::of_this_process(), Arguments::of_this_process());
        let builder = with_variables(Config::builder());
        match builder.project(".", environment, arguments).build() {
            Ok(config) => Self::with_config(config),
            Err(errors) => Self { errors, ..Self::with_settings(Settings::default()) },
        }
    }

    fn with_config(config: Config) -> Self {
        let (settings, errors) = server_section::settings(&config);
        let providers = config_first(&config);
        Self { errors, config, providers, ..Self::with_settings(settings) }
    }

    /// An application that does not look at files and the environment.
    #[must_use]
    pub fn with_settings(settings: Settings) -> Self {
        let config = Config::default();
        Self {
            settings,
            errors: BootErrors::new(),
            providers: config_first(&config),
            config,
            router: Router::new(),
            error_handling: ErrorHandling::default(),
            access_log: None,
            logging: Logging::default(),
            telemetry: Telemetry::default(),
            on_listening: None,
        }
    }

    /// The configuration, also a service for providers and handlers: read sections from it. Without
    /// anything in it after [`with_settings`](Self::with_settings).
    ///
    /// # Example
    /// ```no_run
    /// # use highper_app::Application;
    /// # #[derive(serde::Deserialize)] struct Database { url: String }
    /// let application = Application::new();
    /// let database = application.config().section::<Database>("database")?;
    /// # Ok::<(), highper_core::BootErrors>(())
    /// ```
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Changes the settings in code: what the environment says is there already.
    #[must_use]
    pub fn configure(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Adds a service provider; one of the same type and name that was added before stays alone.
    #[must_use]
    pub fn provider(mut self, provider: impl ServiceProvider) -> Self {
        self.providers.add(provider);
        self
    }

    /// Adds routes.
    #[must_use]
    pub fn routes(mut self, add: impl FnOnce(Router) -> Router) -> Self {
        self.router = add(self.router);
        self
    }

    /// Shows errors in another way than problem+json, MessagePack, a plain page or text by `Accept`.
    #[must_use]
    pub fn error_renderer(mut self, renderer: impl ErrorRenderer) -> Self {
        self.error_handling.renderer = Arc::new(renderer);
        self
    }

    /// Shows errors to developers with causes, source code, request and settings, whatever the
    /// environment says; see [`DebugSettings`](crate::DebugSettings). Without effect in release builds.
    #[must_use]
    pub fn debug(mut self, on: bool) -> Self {
        self.settings.debug.on = on;
        self
    }

    /// Tells of server errors and panics elsewhere too: the same one once a minute, and on a task of its
    /// own. The reporter that is added last hears of an error first.
    #[must_use]
    pub fn error_reporter(mut self, reporter: impl ErrorReporter) -> Self {
        self.error_handling.reporters.insert(0, Arc::new(reporter));
        self
    }

    /// Adds a reporter that hears of an error after all the others.
    #[must_use]
    pub fn last_error_reporter(mut self, reporter: impl ErrorReporter) -> Self {
        self.error_handling.reporters.push(Arc::new(reporter));
        self
    }

    /// Neither logs nor reports errors that were made in source files with one of `paths` in theirs. They
    /// are answered all the same.
    #[must_use]
    pub fn silence_errors_in_paths<P: Into<String>>(
        mut self,
        paths: impl IntoIterator<Item = P>,
    ) -> Self {
        self.error_handling.silenced.extend(paths.into_iter().map(Into::into));
        self
    }

    /// Writes a line for each request, and gives each an id, which is in all lines that it causes; see
    /// [`AccessLog`]. `LOG_ACCESS` turns it off, or on where nothing is said here.
    #[must_use]
    pub fn access_log(mut self, access_log: AccessLog) -> Self {
        self.access_log = Some(access_log);
        self
    }

    /// Runs once the server listens, with its TCP addresses. With worker processes it is the supervisor
    /// that tells, once for all of them.
    #[must_use]
    pub fn on_listening(mut self, tell: impl FnOnce(&[SocketAddr]) + Send + 'static) -> Self {
        self.on_listening = Some(Box::new(tell));
        self
    }

    /// The application as a handler, without a server: for tests, and to be served by something else
    /// (as a tower service, through `highper_middleware::HandlerService`). Providers are registered
    /// and not booted.
    ///
    /// # Errors
    /// Everything that is wrong with settings, container and routes, at once.
    pub fn into_handler(self) -> Result<AppHandler, StartError> {
        let mut errors = self.errors;
        let logging = Logging::silent(&self.settings, self.access_log, &mut errors);
        let error_handling = self.error_handling.finish(&self.settings, &mut errors);
        let mut assembled = assemble(
            errors,
            &self.providers,
            self.router,
            error_handling,
            self.settings.health_path.as_deref(),
            &logging,
            &self.telemetry,
        );
        match assembled.take() {
            Some((_, handler)) => {
                handler.errors().start();
                Ok(handler)
            }
            None => Err(assembled.errors.into()),
        }
    }

    /// Starts, serves until SIGTERM or Ctrl-C, finishes what is in flight, and ends.
    ///
    /// At SIGUSR2 the program is started again from its file, takes the listeners over without losing a
    /// client, and once it serves this process ends. With [`Settings::workers`] this process serves
    /// nobody itself: it keeps that many copies of the program at work. Standard input is empty in
    /// processes that were started by another one.
    ///
    /// # Errors
    /// Everything that keeps it from starting, at once: malformed variables, services that are missing
    /// or circular, routes that conflict, addresses that do not parse or are in use.
    pub async fn run(mut self) -> Result<(), StartError> {
        self.telemetry = Telemetry::start(&self.settings, &mut self.errors);
        self.logging =
            Logging::start(&self.settings, self.access_log, &self.telemetry, &mut self.errors);
        let (logging, telemetry) = (self.logging.clone(), self.telemetry.clone());
        let result = run(self).await;
        // What a collector gets of the log goes before its end.
        logging.flush().await;
        telemetry.finish().await;
        logging.flush().await;
        result
    }
}

impl Default for Application {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Application {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Application")
            .field("settings", &self.settings)
            .field("providers", &self.providers)
            .finish_non_exhaustive()
    }
}

fn config_first(config: &Config) -> Providers {
    let mut providers = Providers::default();
    providers.add(ConfigProvider(config.clone()));
    providers
}
