//! The boot: from providers and routes to a handler, and everything that is wrong on the way.

use std::sync::Arc;

use highper_core::{BootErrors, Container, Providers};
use highper_router::Router;

use crate::AppHandler;
use crate::error_handling::Errors;
use crate::health::Health;
use crate::logging::Logging;
use crate::telemetry::Telemetry;

/// What the boot has come to, and everything that was wrong with it.
pub(crate) struct Assembled {
    pub(crate) errors: BootErrors,
    parts: Option<(Container, AppHandler)>,
}

impl Assembled {
    /// The parts, if nothing at all is wrong.
    pub(crate) fn take(&mut self) -> Option<(Container, AppHandler)> {
        if self.errors.iter().next().is_some() { None } else { self.parts.take() }
    }
}

/// Registers the providers, builds the container and binds the routes.
pub(crate) fn assemble(
    mut errors: BootErrors,
    providers: &Providers,
    router: Router,
    error_handling: Arc<Errors>,
    health_path: Option<&str>,
    logging: &Logging,
    telemetry: &Telemetry,
) -> Assembled {
    let mut services = Container::builder();
    services.dispose_with(|end| {
        // Outside of a runtime there is nobody left to end it.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(end);
        }
    });
    logging.register(&mut services);
    telemetry.register(&mut services);
    providers.register(&mut services);
    let draft = services.draft();
    let routes = telemetry
        .add_routes(router)
        .build(draft.container())
        .map_err(|problems| errors.extend(problems));
    // A service that a route needs was told with that route.
    errors.extend(draft.untold());
    let container = draft.container().clone();
    let health = health_path.map(|path| Arc::new(Health::new(path.to_owned(), container.clone())));
    if let (Some(health), Ok(routes)) = (&health, &routes) {
        health.check(routes, &mut errors);
    }
    let handler =
        |routes| AppHandler::new(routes, error_handling, health, logging.access(), telemetry);
    let parts = routes.ok().map(|routes| (container, handler(routes)));
    Assembled { errors, parts }
}
