//! The application: what it is made of, how it starts, how it ends.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::sync::Arc;

use highper_core::{BootErrors, Container, ErrorRenderer, ServiceProvider};
use highper_http::Http;
use highper_net::Server;
use highper_router::Router;
use highper_serde::ProblemRenderer;

use crate::signals::Signals;
use crate::{AppHandler, Settings, StartError};

/// What runs after the server listens and before it serves, with the addresses.
type OnListening = Box<dyn FnOnce(&[SocketAddr]) + Send>;

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
    settings: Settings,
    errors: BootErrors,
    providers: Vec<Box<dyn ServiceProvider>>,
    router: Router,
    renderer: Arc<dyn ErrorRenderer>,
    on_listening: Option<OnListening>,
}

impl Application {
    /// An application with the settings that the environment gives; see [`Settings`].
    #[must_use]
    pub fn new() -> Self {
        let (settings, errors) = Settings::read(|name| std::env::var(name).ok());
        Self { errors, ..Self::with_settings(settings) }
    }

    /// An application that does not look at the environment.
    #[must_use]
    pub fn with_settings(settings: Settings) -> Self {
        Self {
            settings,
            errors: BootErrors::new(),
            providers: Vec::new(),
            router: Router::new(),
            renderer: Arc::new(ProblemRenderer),
            on_listening: None,
        }
    }

    /// Changes the settings in code: what the environment says is there already.
    #[must_use]
    pub fn configure(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Adds a service provider.
    #[must_use]
    pub fn provider(mut self, provider: impl ServiceProvider) -> Self {
        self.providers.push(Box::new(provider));
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
        self.renderer = Arc::new(renderer);
        self
    }

    /// Runs once the server listens, with the addresses.
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
        let mut assembled = assemble(self.errors, &self.providers, self.router, self.renderer);
        match assembled.take() {
            Some((_, handler)) => Ok(handler),
            None => Err(assembled.errors.into()),
        }
    }

    /// Starts, serves until SIGTERM or Ctrl-C, finishes what is in flight, and ends.
    ///
    /// # Errors
    /// Everything that keeps it from starting, at once: malformed variables, services that are missing
    /// or circular, routes that conflict, addresses that do not parse or are in use.
    pub async fn run(self) -> Result<(), StartError> {
        start_logging(&self.settings);
        let Self { settings, errors, providers, router, renderer, on_listening } = self;
        let mut assembled = assemble(errors, &providers, router, renderer);
        let server = listen(&settings, &mut assembled.errors);
        let (Some((container, handler)), Some(server)) = (assembled.take(), server) else {
            return Err(assembled.errors.into());
        };
        boot(&providers, &container).await?;
        // Before anybody is told the address: whoever knows it may send a signal at once.
        let signals = Signals::new().map_err(|error| no_signals(&error))?;
        if let Some(tell) = on_listening {
            tell(server.local_addrs());
        }
        let signals = tokio::spawn(signals.obey(server.handle()));
        let served = server.run(Http::new(handler).limits(settings.limits)).await;
        signals.abort();
        shut_down(providers.iter(), &container).await;
        let mut errors = BootErrors::new();
        match served {
            Ok(summary) if summary.cut_at_deadline > 0 => errors.push(format_args!(
                "connections cut at the drain deadline of {:?}: {}",
                settings.drain_timeout, summary.cut_at_deadline,
            )),
            Ok(_) => {}
            Err(error) => errors.push(error),
        }
        errors.into_result().map_err(StartError::at_the_end)
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

/// What the boot has come to, and everything that was wrong with it.
struct Assembled {
    errors: BootErrors,
    parts: Option<(Container, AppHandler)>,
}

impl Assembled {
    /// The parts, if nothing at all is wrong.
    fn take(&mut self) -> Option<(Container, AppHandler)> {
        if self.errors.iter().next().is_some() { None } else { self.parts.take() }
    }
}

/// Registers the providers, builds the container and binds the routes.
fn assemble(
    mut errors: BootErrors,
    providers: &[Box<dyn ServiceProvider>],
    router: Router,
    renderer: Arc<dyn ErrorRenderer>,
) -> Assembled {
    let mut services = Container::builder();
    providers.iter().for_each(|provider| provider.register(&mut services));
    let container = match services.build() {
        Ok(container) => container,
        Err(problems) => {
            // Without services every route would miss some: only the cause is told.
            errors.extend(problems);
            return Assembled { errors, parts: None };
        }
    };
    match router.build(&container) {
        Ok(routes) => {
            let handler = AppHandler::new(routes, renderer);
            Assembled { errors, parts: Some((container, handler)) }
        }
        Err(problems) => {
            errors.extend(problems);
            Assembled { errors, parts: None }
        }
    }
}

fn listen(settings: &Settings, errors: &mut BootErrors) -> Option<Server> {
    let mut builder = Server::builder()
        .topology(settings.topology)
        .max_connections_per_ip(settings.max_connections_per_ip)
        .parking(settings.parking)
        .block_threshold(settings.block_threshold)
        .lame_duck(settings.lame_duck)
        .drain_timeout(settings.drain_timeout);
    if let Some(most) = settings.max_connections {
        builder = builder.max_connections(most);
    }
    for address in &settings.addresses {
        builder = builder.listen(address.as_str());
    }
    builder
        .build()
        .map_err(|error| error.to_string().lines().for_each(|problem| errors.push(problem)))
        .ok()
}

/// Boots the providers in order and tells of all that fail; then those that did boot are ended.
async fn boot(
    providers: &[Box<dyn ServiceProvider>],
    container: &Container,
) -> Result<(), BootErrors> {
    let mut errors = BootErrors::new();
    let mut booted = Vec::with_capacity(providers.len());
    for provider in providers {
        match provider.boot(container).await {
            Ok(()) => booted.push(provider),
            Err(error) => errors.push(format_args!("provider {}: {error}", provider.name())),
        }
    }
    let result = errors.into_result();
    if result.is_err() {
        shut_down(booted.into_iter(), container).await;
    }
    result
}

/// In reverse order of boot.
async fn shut_down<'a>(
    booted: impl DoubleEndedIterator<Item = &'a Box<dyn ServiceProvider>>,
    container: &Container,
) {
    for provider in booted.rev() {
        provider.shutdown(container).await;
    }
}

fn no_signals(error: &std::io::Error) -> BootErrors {
    let mut errors = BootErrors::new();
    errors.push(format_args!("the operating system refuses handlers of signals: {error}"));
    errors
}

/// Log lines go to standard error; an application that has its own subscriber keeps it.
fn start_logging(settings: &Settings) {
    let _ = tracing_subscriber::fmt()
        .with_max_level(settings.log_level)
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
        .with_writer(std::io::stderr)
        .try_init();
}
