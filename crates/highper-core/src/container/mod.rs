//! The container: services by type or by name, looked over at boot, then frozen.

mod builder;
mod builds;
mod chain;
mod config_values;
mod contextual;
mod deferred;
mod entry;
mod error;
mod extend;
mod factory;
mod freeze;
mod graph;
mod hooks;
mod injected;
mod inner;
mod key;
mod named;
mod needs;
mod parameters;
mod resolver;
mod scope;
mod tags;

use std::any::type_name;
use std::fmt;
use std::sync::Arc;

pub use builder::ContainerBuilder;
pub use config_values::ConfigValues;
pub use contextual::{NeedsService, NeedsValue, When};
pub(crate) use deferred::Deferred;
pub use entry::Lifetime;
pub(crate) use entry::{Entry, Recipe};
use error::Kind;
pub use error::{ContainerError, MissingBinding};
pub use extend::ExtendFn;
pub use factory::Factory;
pub use freeze::Draft;
pub use injected::{ByResolver, FromContainer, InjectedFn};
use inner::Inner;
pub use key::ServiceKey;
pub use named::NamedBinding;
pub use needs::Needs;
pub use parameters::Parameters;
pub use resolver::Resolver;
use resolver::typed;
pub use scope::Scope;
pub use tags::Tagged;

use crate::BoxError;

/// The services of an application, by type or by name. Frozen: nothing is bound after boot.
///
/// # Example
/// ```
/// # use highper_core::Container;
/// # use std::sync::Arc;
/// trait Clock: Send + Sync { fn hour(&self) -> u8; }
/// struct Noon;
/// impl Clock for Noon { fn hour(&self) -> u8 { 12 } }
/// struct Greeter(Arc<dyn Clock>);
///
/// let container = Container::builder()
///     .singleton(|clock: Arc<dyn Clock>| Ok(Greeter(clock)))
///     .shared::<dyn Clock>(Arc::new(Noon))
///     .build()
///     .unwrap();
/// assert_eq!(container.get::<Greeter>().unwrap().0.hour(), 12);
/// ```
#[derive(Clone, Default)]
pub struct Container {
    inner: Arc<Inner>,
}

impl Container {
    /// A container to be filled.
    #[must_use]
    pub fn builder() -> ContainerBuilder {
        ContainerBuilder::default()
    }

    /// The service of a type. A singleton costs a look-up and a count; nothing is allocated.
    ///
    /// # Errors
    /// If it is not bound, cannot be built, needs itself, or lives as long as a scope.
    #[inline]
    pub fn get<T: ?Sized + Send + Sync + 'static>(&self) -> Result<Arc<T>, ContainerError> {
        let entry = self.inner.types.get(&std::any::TypeId::of::<T>());
        match entry.and_then(|entry| entry.cell.get()?.downcast_ref::<Arc<T>>()) {
            Some(singleton) => Ok(Arc::clone(singleton)),
            None => self.resolver().get(),
        }
    }

    /// The service of a name or an alias.
    ///
    /// # Errors
    /// As [`get`](Self::get); also if the service is of another type.
    pub fn get_named<T>(&self, name: &str) -> Result<Arc<T>, ContainerError>
    where
        T: ?Sized + Send + Sync + 'static,
    {
        self.resolver().get_named(name)
    }

    /// True if a service of the type is bound; it may still fail to be made.
    #[must_use]
    pub fn has<T: ?Sized + 'static>(&self) -> bool {
        self.inner.find(&ServiceKey::of::<T>()).is_some()
    }

    /// True if a service of the name is bound, or the name is an alias.
    #[must_use]
    pub fn has_named(&self, name: &str) -> bool {
        self.inner.names.contains_key(name)
    }

    /// True if a service of the type was made, or bound as a value.
    #[must_use]
    pub fn is_resolved<T: ?Sized + 'static>(&self) -> bool {
        self.inner.find(&ServiceKey::of::<T>()).is_some_and(|entry| entry.is_resolved())
    }

    /// How long a service of the type lives.
    #[must_use]
    pub fn lifetime<T: ?Sized + 'static>(&self) -> Option<Lifetime> {
        self.inner.find(&ServiceKey::of::<T>()).map(|entry| entry.lifetime)
    }

    /// What an alias was given for; none for what is no alias.
    #[must_use]
    pub fn alias_of(&self, name: &str) -> Option<&ServiceKey> {
        self.inner.aliases.get(name)
    }

    /// The environment that the application runs in.
    #[must_use]
    pub fn environment(&self) -> &str {
        &self.inner.environment
    }

    /// A service that is made with what the caller gives, and for him alone: a singleton is neither used
    /// nor kept.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn make_with<T>(&self, parameters: &Parameters) -> Result<Arc<T>, ContainerError>
    where
        T: ?Sized + Send + Sync + 'static,
    {
        let key = ServiceKey::of::<T>();
        let entry = self.inner.find(&key).ok_or_else(|| self.inner.not_found(&key, ""))?;
        typed(&self.resolver().provide(entry, Some(parameters))?, &key)
    }

    /// The services of a tag, each made when it is iterated to.
    #[must_use]
    pub fn tagged<T: ?Sized + Send + Sync + 'static>(&self, tag: &str) -> Tagged<T> {
        self.resolver().tagged(tag)
    }

    /// Calls a function whose arguments are injected.
    ///
    /// # Example
    /// ```
    /// # use std::sync::Arc;
    /// # use highper_core::Container;
    /// let container = Container::builder().instance(2_u8).build()?;
    /// assert_eq!(container.call(|two: Arc<u8>, other: Option<Arc<u16>>| (*two, other.is_some()))?, (2, false));
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If an argument cannot be had.
    #[allow(clippy::needless_pass_by_value, reason = "callers write a closure in place")]
    pub fn call<F, Args, Output>(&self, function: F) -> Result<Output, ContainerError>
    where
        F: InjectedFn<Args, Output>,
    {
        function.call(&self.resolver())
    }

    /// [`call`](Self::call) with services that the caller gives in place of those that are bound.
    ///
    /// # Errors
    /// If an argument cannot be had.
    #[allow(clippy::needless_pass_by_value, reason = "callers write a closure in place")]
    pub fn call_with<F, Args, Output>(
        &self,
        parameters: &Parameters,
        function: F,
    ) -> Result<Output, ContainerError>
    where
        F: InjectedFn<Args, Output>,
    {
        function.call(&Resolver { parameters: Some(parameters), ..self.resolver() })
    }

    /// A scope for a job or a test; that of a request is opened for it.
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope::new(&self.inner)
    }

    /// A builder with everything that is bound here, to be changed: for tests that put a fake in place of
    /// a service. Singletons are kept, but for those that were made from what is bound anew.
    #[must_use]
    pub fn fork(&self) -> ContainerBuilder {
        ContainerBuilder::fork(&self.inner)
    }

    /// Registers and boots the deferred provider of a service, if that was not done yet.
    ///
    /// # Errors
    /// If its bindings are wrong, or its boot fails.
    pub async fn load<T: ?Sized + 'static>(&self) -> Result<(), BoxError> {
        let key = ServiceKey::of::<T>();
        let root = self.inner.root().ok_or_else(|| inner::gone(&key))?;
        let entry = root.find(&key).ok_or_else(|| root.not_found(&key, ""))?;
        if let Recipe::Deferred(deferred) = &entry.recipe {
            deferred.register(&root, &key)?;
            deferred.boot(&Self::from_inner(&root)).await?;
        }
        Ok(())
    }

    /// The binding of a type, for what looks it up once at boot.
    pub(crate) fn binding<T: ?Sized + 'static>(&self) -> Result<Arc<Entry>, ContainerError> {
        let key = ServiceKey::of::<T>();
        let entry = self.inner.find(&key).ok_or_else(|| self.inner.not_found(&key, ""))?;
        if let Some(broken) = entry.broken.get() {
            return Err(broken.problem.error(&key, &broken.path));
        }
        match &entry.recipe {
            Recipe::Deferred(deferred) => {
                Self::from_inner(&deferred.load(&self.inner, &key)?).bound::<T>()
            }
            _ => Ok(Arc::clone(entry)),
        }
    }

    /// What a deferred provider has bound.
    fn bound<T: ?Sized + 'static>(&self) -> Result<Arc<Entry>, ContainerError> {
        let key = ServiceKey::of::<T>();
        let bound = self.inner.find(&key).cloned();
        bound.ok_or_else(|| self.inner.not_found(&key, ""))
    }

    /// The service of a type if there is but one of it: what can be bound once, at boot.
    pub(crate) fn the_one<T>(&self) -> Result<Arc<T>, ContainerError>
    where
        T: ?Sized + Send + Sync + 'static,
    {
        let entry = self.binding::<T>()?;
        if entry.lifetime == Lifetime::Transient {
            let name = type_name::<T>();
            let message = format!(
                "`{name}` is made anew each time, and `Inject` binds once: take it as `Scoped<..>`, \
                 or bind it with `singleton`"
            );
            return Err(ContainerError::new(Kind::Refused, &entry.key, message));
        }
        self.get()
    }

    pub(crate) fn from_inner(inner: &Arc<Inner>) -> Self {
        Self { inner: Arc::clone(inner) }
    }

    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.inner
    }

    /// From now on a deferred provider is registered only where its boot can be awaited.
    pub(crate) fn seal(&self) {
        self.inner.seal();
    }

    /// Deferred providers that were registered, in that order.
    pub(crate) fn loaded(&self) -> Vec<Arc<Deferred>> {
        self.inner.loaded()
    }

    fn resolver(&self) -> Resolver<'_> {
        Resolver::new(&self.inner, None)
    }
}

impl fmt::Debug for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Container({} services)", self.inner.entries.len())
    }
}
