//! One resolution: for whom something is built, in which scope, with what the caller gave.

use std::any::type_name;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::builds::Turn;
use super::chain;
use super::entry::{Entry, Recipe, Value};
use super::error::{ContainerError, Kind};
use super::inner::Inner;
use super::scope::ScopeInner;
use super::tags::Tagged;
use crate::{BoxError, ConfigValues, Container, Lifetime, Parameters, ServiceKey};

/// What a factory asks for its dependencies: bindings in context and the scope are those of the service
/// that is being built.
pub struct Resolver<'a> {
    pub(crate) inner: &'a Arc<Inner>,
    pub(crate) scope: Option<&'a Arc<ScopeInner>>,
    /// What is being built.
    pub(crate) consumer: Option<&'a Entry>,
    pub(crate) parameters: Option<&'a Parameters>,
}

impl<'a> Resolver<'a> {
    pub(crate) fn new(inner: &'a Arc<Inner>, scope: Option<&'a Arc<ScopeInner>>) -> Self {
        Self { inner, scope, consumer: None, parameters: None }
    }

    /// The service of a type.
    ///
    /// # Errors
    /// If it is not bound, cannot be built, needs itself, or lives as long as a scope where there is none.
    pub fn get<T: ?Sized + Send + Sync + 'static>(&self) -> Result<Arc<T>, ContainerError> {
        let key = ServiceKey::of::<T>();
        typed(&self.resolve(&key)?, &key)
    }

    /// The service of a name.
    ///
    /// # Errors
    /// As [`get`](Self::get); also if the service is of another type.
    pub fn get_named<T>(&self, name: &str) -> Result<Arc<T>, ContainerError>
    where
        T: ?Sized + Send + Sync + 'static,
    {
        let key = ServiceKey::named(name.to_owned());
        typed(&self.resolve(&key)?, &key)
    }

    /// The service of a type, where it is bound.
    ///
    /// # Errors
    /// If it is bound and cannot be built.
    pub fn optional<T>(&self) -> Result<Option<Arc<T>>, ContainerError>
    where
        T: ?Sized + Send + Sync + 'static,
    {
        match self.get() {
            Ok(service) => Ok(Some(service)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The services of a tag, each made when it is iterated to.
    #[must_use]
    pub fn tagged<T: ?Sized + Send + Sync + 'static>(&self, tag: &str) -> Tagged<T> {
        Tagged::new(self.inner, self.scope, tag)
    }

    /// The value of a parameter of what is being built: what the caller gave, else what the context gives.
    ///
    /// # Errors
    /// If it is of another type, or the context cannot give it.
    pub fn value<T>(&self, name: &str) -> Result<Option<T>, ContainerError>
    where
        T: Clone + Send + Sync + 'static,
    {
        match self.given(name) {
            Some(given) => self.value_as(name, &given).map(Some),
            None => self.contextual_value(name),
        }
    }

    /// [`value`](Self::value), with a configuration value going before that of the context.
    ///
    /// # Errors
    /// As there; also if the configuration value does not parse.
    pub fn config_value<T>(&self, name: &str, config: &str) -> Result<Option<T>, ContainerError>
    where
        T: FromStr<Err: fmt::Display> + Clone + Send + Sync + 'static,
    {
        if let Some(given) = self.given(name) {
            return self.value_as(name, &given).map(Some);
        }
        match self.config(config)? {
            Some(value) => Ok(Some(value)),
            None => self.contextual_value(name),
        }
    }

    /// A configuration value, read from the bound [`ConfigValues`].
    ///
    /// # Errors
    /// If it does not parse.
    pub fn config<T: FromStr<Err: fmt::Display>>(
        &self,
        key: &str,
    ) -> Result<Option<T>, ContainerError> {
        let Some(values) = self.optional::<dyn ConfigValues>()? else { return Ok(None) };
        let Some(text) = values.value(key) else { return Ok(None) };
        // The value itself may be secret.
        text.parse().map(Some).map_err(|error| {
            let kind = type_name::<T>();
            self.refused(format!("the configuration value `{key}` is no `{kind}`: {error}"))
        })
    }

    /// The error of a parameter that has neither a value nor a default.
    #[must_use]
    pub fn missing_value(&self, name: &str, config: Option<&str>) -> ContainerError {
        let consumer = self.consumer.map_or("a function", |consumer| consumer.key.as_str());
        self.refused(missing_value(consumer, name, config))
    }

    /// The container, for what is to be asked later.
    #[must_use]
    pub fn container(&self) -> Container {
        Container::from_inner(self.inner)
    }

    fn given(&self, name: &str) -> Option<Value> {
        self.parameters.and_then(|parameters| parameters.named(name)).cloned()
    }

    fn contextual_value<T: Clone + 'static>(
        &self,
        name: &str,
    ) -> Result<Option<T>, ContainerError> {
        let Some(giver) = self.consumer.and_then(|to| self.inner.value_for(&to.key, name)) else {
            return Ok(None);
        };
        let value = giver(self).map_err(|cause| {
            let consumer = self.consumer.map_or(ServiceKey::named(""), |to| to.key.clone());
            ContainerError::failed(&consumer, cause)
        })?;
        value.map(|value| self.value_as(name, &value)).transpose()
    }

    fn value_as<T: Clone + 'static>(&self, name: &str, value: &Value) -> Result<T, ContainerError> {
        value.downcast_ref::<T>().cloned().ok_or_else(|| {
            let kind = type_name::<T>();
            self.refused(format!("the parameter `{name}` was given a value that is no `{kind}`"))
        })
    }

    fn refused(&self, message: String) -> ContainerError {
        let unknown = ServiceKey::named("");
        ContainerError::new(Kind::Refused, self.consumer.map_or(&unknown, |to| &to.key), message)
    }
}

/// Untyped: how a binding becomes a service.
impl Resolver<'_> {
    pub(crate) fn resolve(&self, key: &ServiceKey) -> Result<Value, ContainerError> {
        if let Some(given) = self.parameters.and_then(|parameters| parameters.instead_of(key)) {
            return Ok(Arc::clone(given));
        }
        match self.inner.binding_for(self.consumer, key) {
            Some(entry) => self.provide(entry, None),
            None => Err(self.inner.not_found(key, &chain::needed_by())),
        }
    }

    /// The service of a binding. With parameters it is made for the caller alone: a cached one is
    /// neither used nor kept.
    pub(crate) fn provide(
        &self,
        entry: &Arc<Entry>,
        parameters: Option<&Parameters>,
    ) -> Result<Value, ContainerError> {
        if let Some(broken) = entry.broken.get() {
            return Err(broken.problem.error(&entry.key, &broken.path));
        }
        if let Recipe::Deferred(deferred) = &entry.recipe {
            let loaded = deferred.load(self.inner, &entry.key)?;
            return Resolver::new(&loaded, self.scope).resolve_loaded(&entry.key, parameters);
        }
        match (parameters, entry.lifetime) {
            (Some(_), _) | (None, Lifetime::Transient) => self.make(entry, parameters),
            (None, Lifetime::Singleton) => self.once(entry),
            (None, Lifetime::Scoped) => match self.scope {
                Some(scope) => self.once_in(scope, entry),
                None => Err(unscoped(&entry.key)),
            },
        }
    }

    fn resolve_loaded(
        &self,
        key: &ServiceKey,
        parameters: Option<&Parameters>,
    ) -> Result<Value, ContainerError> {
        match self.inner.find(key) {
            Some(entry) if !matches!(entry.recipe, Recipe::Deferred(_)) => {
                self.provide(entry, parameters)
            }
            _ => Err(ContainerError::new(
                Kind::Refused,
                key,
                format!("`{key}` is among what its provider `provides`, and it does not bind it"),
            )),
        }
    }

    fn once(&self, entry: &Arc<Entry>) -> Result<Value, ContainerError> {
        loop {
            if let Some(value) = entry.cell.get() {
                return Ok(Arc::clone(value));
            }
            let _permit = match self.inner.builds.turn((entry.id, 0)) {
                Turn::Mine(permit) => permit,
                Turn::Over => continue,
                Turn::Circular => {
                    return Err(chain::circular([&entry.key].into_iter(), &entry.key));
                }
            };
            if entry.cell.get().is_some() {
                continue;
            }
            // What lives as long as the container does not see the scope of whoever asks first.
            let unscoped = Resolver { scope: None, ..*self };
            let value = unscoped.build(entry, None, true)?;
            let _ = entry.cell.set(Arc::clone(&value));
            unscoped.announce(entry, &value);
            return Ok(value);
        }
    }

    fn once_in(
        &self,
        scope: &Arc<ScopeInner>,
        entry: &Arc<Entry>,
    ) -> Result<Value, ContainerError> {
        loop {
            if let Some(value) = scope.find(entry.id) {
                return Ok(value);
            }
            let _permit = match self.inner.builds.turn((entry.id, scope.id())) {
                Turn::Mine(permit) => permit,
                Turn::Over => continue,
                Turn::Circular => {
                    return Err(chain::circular([&entry.key].into_iter(), &entry.key));
                }
            };
            if scope.find(entry.id).is_some() {
                continue;
            }
            let value = self.build(entry, None, false)?;
            scope.keep(entry, &value)?;
            self.announce(entry, &value);
            return Ok(value);
        }
    }

    fn make(
        &self,
        entry: &Arc<Entry>,
        parameters: Option<&Parameters>,
    ) -> Result<Value, ContainerError> {
        let value = self.build(entry, parameters, parameters.is_none())?;
        self.announce(entry, &value);
        Ok(value)
    }

    fn build(
        &self,
        entry: &Entry,
        parameters: Option<&Parameters>,
        may_start: bool,
    ) -> Result<Value, ContainerError> {
        let _link = chain::enter(entry.id, &entry.key)?;
        let failed = |cause: BoxError| ContainerError::failed(&entry.key, cause);
        let inside = Resolver { consumer: Some(entry), parameters, ..*self };
        let (mut value, been_through) = match (entry.start(), &entry.recipe) {
            (Some(start), _) if may_start => start,
            (_, Recipe::Factory(factory) | Recipe::Exposed(factory, _)) => {
                self.inner.hooks.before(&entry.key);
                (factory(&inside).map_err(failed)?, 0)
            }
            (Some(start), _) => start,
            (None, _) => return Err(self.inner.not_found(&entry.key, "")),
        };
        for extend in entry.extenders.iter().skip(been_through) {
            value = extend(value, &inside).map_err(failed)?;
        }
        Ok(value)
    }

    fn announce(&self, entry: &Entry, value: &Value) {
        entry.is_resolved.store(true, Ordering::Relaxed);
        if !matches!(entry.recipe, Recipe::Instance(_)) {
            self.inner.hooks.after(&entry.key, value);
        }
    }
}

impl fmt::Debug for Resolver<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let consumer = self.consumer.map(|consumer| &consumer.key);
        f.debug_struct("Resolver").field("consumer", &consumer).finish_non_exhaustive()
    }
}

/// The `Arc<T>` in a value.
pub(crate) fn typed<T: ?Sized + 'static>(
    value: &Value,
    key: &ServiceKey,
) -> Result<Arc<T>, ContainerError> {
    value.downcast_ref::<Arc<T>>().map(Arc::clone).ok_or_else(|| {
        let message = format!("`{key}` is bound, and is no `{}`", type_name::<T>());
        ContainerError::new(Kind::Refused, key, message)
    })
}

/// What is said of a parameter that has neither a value nor a default.
pub(crate) fn missing_value(consumer: &str, name: &str, config: Option<&str>) -> String {
    match config {
        Some(key) => format!("no configuration value `{key}`, needed by `{consumer}`: set it"),
        None => format!(
            "no value for the parameter `{name}` of `{consumer}`: give it with \
             `when::<..>().needs_value(\"{name}\")`, or a default"
        ),
    }
}

fn unscoped(key: &ServiceKey) -> ContainerError {
    let message = format!(
        "`{key}` lives as long as a scope: take it as `Scoped<..>` in a handler, or open a scope \
         with `container.scope()`"
    );
    ContainerError::new(Kind::Unscoped, key, message)
}
