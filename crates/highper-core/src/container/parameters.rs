//! What the caller gives himself when a service is made.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::entry::Value;
use crate::ServiceKey;

/// What the caller gives himself when a service is made: values by the names of their parameters, and
/// services in place of bound ones. They hold for the service that is made, not for its dependencies.
///
/// # Example
/// ```
/// # use highper_core::{Container, Parameters, Resolver};
/// struct Shelf { places: usize }
///
/// let container = Container::builder()
///     .bind(|resolver: &Resolver<'_>| {
///         Ok(Shelf { places: resolver.value("places")?.unwrap_or(10) })
///     })
///     .build()?;
/// let wide = container.make_with::<Shelf>(&Parameters::new().value("places", 40_usize))?;
/// assert_eq!((wide.places, container.get::<Shelf>()?.places), (40, 10));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct Parameters {
    values: HashMap<Cow<'static, str>, Value>,
    services: HashMap<ServiceKey, Value>,
}

impl Parameters {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a value by the name of its parameter: the field's, where `Inject` is derived.
    #[must_use]
    pub fn value<T>(mut self, name: impl Into<Cow<'static, str>>, value: T) -> Self
    where
        T: Clone + Send + Sync + 'static,
    {
        self.values.insert(name.into(), Arc::new(value));
        self
    }

    /// Gives a service in place of the one that is bound.
    #[must_use]
    pub fn service<T: ?Sized + Send + Sync + 'static>(mut self, service: Arc<T>) -> Self {
        self.services.insert(ServiceKey::of::<T>(), Arc::new(service));
        self
    }

    pub(crate) fn named(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    pub(crate) fn instead_of(&self, key: &ServiceKey) -> Option<&Value> {
        self.services.get(key)
    }
}

impl std::fmt::Debug for Parameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Values may be secret: only names are told.
        f.debug_set().entries(self.values.keys()).entries(self.services.keys()).finish()
    }
}
