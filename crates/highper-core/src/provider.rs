//! Where a crate or an application declares its services.

use crate::{BoxError, BoxFuture, Command, ConfigValues, Container, ContainerBuilder, ServiceKey};

/// Declares services, starts them, and ends them.
///
/// All providers register before any boots; they boot in the order in which they were given, and
/// shut down in reverse. Two of the same type and name are one.
///
/// # Example
/// ```
/// # use highper_core::{Container, ContainerBuilder, ServiceProvider};
/// #[derive(Debug)]
/// struct Shop;
/// struct Catalogue(Vec<&'static str>);
///
/// impl ServiceProvider for Shop {
///     fn register(&self, services: &mut ContainerBuilder) {
///         services.singleton(|| Ok(Catalogue(vec!["Dune"])));
///     }
/// }
/// # let mut services = Container::builder();
/// # Shop.register(&mut services);
/// # assert_eq!(services.build().unwrap().get::<Catalogue>().unwrap().0, ["Dune"]);
/// ```
pub trait ServiceProvider: std::fmt::Debug + Send + Sync + 'static {
    /// Its name in messages; tells providers of one type apart.
    fn name(&self) -> &'static str {
        std::any::type_name::<Self>()
    }

    /// The environments in which it takes part; none means all.
    fn environments(&self) -> &[&str] {
        &[]
    }

    /// Whether it takes part at all, with the configuration if that is bound before.
    fn is_enabled(&self, _config: Option<&dyn ConfigValues>) -> bool {
        true
    }

    /// What a *deferred* provider binds. It is registered and booted when one of these is first needed:
    /// at boot by another service or a route, later by [`Container::load`]; else never. A provider that
    /// names none takes part from the start.
    fn provides(&self) -> Vec<ServiceKey> {
        Vec::new()
    }

    /// Declares bindings. Nothing can be resolved yet.
    fn register(&self, services: &mut ContainerBuilder);

    /// Starts what must be running before the first request: connections, checks, background tasks.
    /// [`Container::call`] fills in the arguments of a function.
    ///
    /// # Errors
    /// Whatever keeps the application from starting.
    fn boot<'a>(&'a self, _container: &'a Container) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// What the program can do besides serving, each a command of its own. A deferred provider's load
    /// what they need with [`Container::load`].
    fn commands(&self) -> Vec<Command> {
        Vec::new()
    }

    /// Ends what [`boot`](Self::boot) has started, after the last request was answered.
    fn shutdown<'a>(&'a self, _container: &'a Container) -> BoxFuture<'a, ()> {
        Box::pin(std::future::ready(()))
    }
}
