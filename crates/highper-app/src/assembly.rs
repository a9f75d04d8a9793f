//! The boot: from providers and routes to a handler, and everything that is wrong on the way.

use std::sync::Arc;

use highper_core::{BootErrors, Container, ServiceProvider};
use highper_router::Router;

use crate::AppHandler;
use crate::error_handling::Errors;

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
    providers: &[Box<dyn ServiceProvider>],
    router: Router,
    error_handling: Arc<Errors>,
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
            let handler = AppHandler::new(routes, error_handling);
            Assembled { errors, parts: Some((container, handler)) }
        }
        Err(problems) => {
            errors.extend(problems);
            Assembled { errors, parts: None }
        }
    }
}

/// Boots the providers in order and tells of all that fail; then those that did boot are ended.
pub(crate) async fn boot(
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
pub(crate) async fn shut_down<'a>(
    booted: impl DoubleEndedIterator<Item = &'a Box<dyn ServiceProvider>>,
    container: &Container,
) {
    for provider in booted.rev() {
        provider.shutdown(container).await;
    }
}
