//! Where a crate or an application declares its services.

use crate::{BoxError, BoxFuture, Container, ContainerBuilder};

/// Declares services, starts them, and ends them.
///
/// All providers register before any boots; they boot in the order in which they were given, and
/// shut down in reverse.
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
///         services.add_singleton(|_| Ok(Catalogue(vec!["Dune"])));
///     }
/// }
/// # let mut services = Container::builder();
/// # Shop.register(&mut services);
/// # assert_eq!(services.build().unwrap().get::<Catalogue>().unwrap().0, ["Dune"]);
/// ```
pub trait ServiceProvider: std::fmt::Debug + Send + Sync + 'static {
    /// Its name in messages.
    fn name(&self) -> &'static str {
        std::any::type_name::<Self>()
    }

    /// Declares bindings. Nothing can be resolved yet.
    fn register(&self, services: &mut ContainerBuilder);

    /// Starts what must be running before the first request: connections, checks, background tasks.
    ///
    /// # Errors
    /// Whatever keeps the application from starting.
    fn boot<'a>(&'a self, _container: &'a Container) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// Ends what [`boot`](Self::boot) has started, after the last request was answered.
    fn shutdown<'a>(&'a self, _container: &'a Container) -> BoxFuture<'a, ()> {
        Box::pin(std::future::ready(()))
    }
}
