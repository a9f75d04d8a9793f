//! A service that is made later.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Weak};

use super::entry::Value;
use super::inner::{Inner, gone};
use super::needs::Needs;
use super::resolver::typed;
use super::scope::ScopeInner;
use crate::{ContainerError, FromContainer, Parameters, Resolver, ServiceKey};

/// Makes a service later, as often as it is asked to: as an argument it breaks circles, and lets a
/// singleton use what is made anew each time. It does not keep the container alive.
///
/// # Example
/// ```
/// # use std::sync::Arc;
/// # use highper_core::{Container, Factory};
/// struct Receipt;
/// struct Till(Factory<Receipt>);
///
/// let container = Container::builder()
///     .bind(|| Ok(Receipt))
///     .singleton(|receipts: Factory<Receipt>| Ok(Till(receipts)))
///     .build()?;
/// let till = container.get::<Till>()?;
/// assert!(!Arc::ptr_eq(&till.0.make()?, &till.0.make()?));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
pub struct Factory<T: ?Sized> {
    inner: Weak<Inner>,
    scope: Option<Weak<ScopeInner>>,
    of: PhantomData<fn() -> Arc<T>>,
}

impl<T: ?Sized + Send + Sync + 'static> Factory<T> {
    /// The service, as the container gives it.
    ///
    /// # Errors
    /// As [`Container::get`](crate::Container::get); also if the container or the scope is gone.
    pub fn make(&self) -> Result<Arc<T>, ContainerError> {
        self.with(|resolver, key| resolver.resolve(key))
    }

    /// One that is made with what the caller gives.
    ///
    /// # Errors
    /// As [`make`](Self::make).
    pub fn make_with(&self, parameters: &Parameters) -> Result<Arc<T>, ContainerError> {
        self.with(|resolver, key| match resolver.inner.find(key) {
            Some(entry) => resolver.provide(entry, Some(parameters)),
            None => Err(resolver.inner.not_found(key, "")),
        })
    }

    fn with(
        &self,
        make: impl FnOnce(&Resolver<'_>, &ServiceKey) -> Result<Value, ContainerError>,
    ) -> Result<Arc<T>, ContainerError> {
        let key = ServiceKey::of::<T>();
        let inner = self.inner.upgrade().ok_or_else(|| gone(&key))?;
        let scope = match &self.scope {
            Some(scope) => Some(scope.upgrade().ok_or_else(|| gone(&key))?),
            None => None,
        };
        typed(&make(&Resolver::new(&inner, scope.as_ref()), &key)?, &key)
    }
}

impl<T: ?Sized + Send + Sync + 'static> FromContainer for Factory<T> {
    fn needs(needs: &mut Needs) {
        needs.later::<T>();
    }

    fn from_container(resolver: &Resolver<'_>) -> Result<Self, ContainerError> {
        let scope = resolver.scope.map(Arc::downgrade);
        Ok(Self { inner: Arc::downgrade(resolver.inner), scope, of: PhantomData })
    }
}

impl<T: ?Sized> fmt::Debug for Factory<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Factory({})", std::any::type_name::<T>())
    }
}
