//! Whether a part that the application depends on works.

use std::time::Duration;

use crate::{BoxError, BoxFuture};

/// The tag under which the container has the checks of an application: every service in it is one.
pub const HEALTH_CHECKS: &str = "health";

/// Whether something that the application cannot answer without works: a database, a queue.
///
/// A provider adds one by a tag. While it fails the application says that it is not ready for requests,
/// and load balancers send them elsewhere; it is not restarted for that.
///
/// # Example
/// ```
/// # use std::sync::Arc;
/// # use highper_core::{BoxError, BoxFuture, Container, HEALTH_CHECKS, HealthCheck};
/// struct Warehouse;
///
/// impl HealthCheck for Warehouse {
///     fn name(&self) -> &str {
///         "warehouse"
///     }
///
///     fn check(&self) -> BoxFuture<'_, Result<(), BoxError>> {
///         Box::pin(async { Err("nobody picks up".into()) })
///     }
/// }
///
/// let mut services = Container::builder();
/// services.singleton(|| Ok(Warehouse));
/// services.tag(HEALTH_CHECKS, |warehouse: Arc<Warehouse>| warehouse as Arc<dyn HealthCheck>);
/// # assert_eq!(services.build().unwrap().tagged::<dyn HealthCheck>(HEALTH_CHECKS).len(), 1);
/// ```
pub trait HealthCheck: Send + Sync + 'static {
    /// Its name in the answer: of no more than everybody may know.
    fn name(&self) -> &str;

    /// Looks. The error is logged and never shown to clients.
    ///
    /// # Errors
    /// What does not work.
    fn check(&self) -> BoxFuture<'_, Result<(), BoxError>>;

    /// How long it may take; longer is a failure. Stay below the patience of whoever asks.
    fn timeout(&self) -> Duration {
        Duration::from_secs(2)
    }
}
