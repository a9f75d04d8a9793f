//! The container: services by type, built once at boot, then frozen.

use std::any::{Any, TypeId, type_name};
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::{BootErrors, BoxError};

/// The services of an application, by type. Frozen: nothing is bound or built after boot.
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
///     .singleton(|services| Ok(Greeter(services.get()?)))
///     .shared::<dyn Clock>(Arc::new(Noon))
///     .build()
///     .unwrap();
/// assert_eq!(container.get::<Greeter>().unwrap().0.hour(), 12);
/// ```
#[derive(Clone, Default)]
pub struct Container {
    services: Arc<HashMap<TypeId, Service>>,
}

/// Holds an `Arc<T>`, so that `T` may be a trait object.
type Service = Box<dyn Any + Send + Sync>;

type Factory = Box<dyn FnOnce(&Resolver<'_>) -> Result<Service, ContainerError> + Send>;

impl Container {
    /// A container to be filled.
    #[must_use]
    pub fn builder() -> ContainerBuilder {
        ContainerBuilder::default()
    }

    /// The service of a type.
    ///
    /// # Errors
    /// If none was bound; the message names the type.
    pub fn get<T: ?Sized + Send + Sync + 'static>(&self) -> Result<Arc<T>, MissingBinding> {
        self.services
            .get(&TypeId::of::<T>())
            .and_then(|service| service.downcast_ref::<Arc<T>>())
            .map(Arc::clone)
            .ok_or_else(MissingBinding::of::<T>)
    }

    /// True if a service of the type is bound.
    #[must_use]
    pub fn has<T: ?Sized + 'static>(&self) -> bool {
        self.services.contains_key(&TypeId::of::<T>())
    }
}

impl fmt::Debug for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Container({} services)", self.services.len())
    }
}

/// Gathers bindings; a later one for the same type replaces an earlier one.
#[derive(Default)]
pub struct ContainerBuilder {
    factories: HashMap<TypeId, (&'static str, Factory)>,
}

impl ContainerBuilder {
    /// Binds a value.
    #[must_use]
    pub fn instance<T: Send + Sync + 'static>(self, value: T) -> Self {
        self.shared(Arc::new(value))
    }

    /// Binds a value that is shared already; name the trait to bind an implementation to it.
    #[must_use]
    pub fn shared<T: ?Sized + Send + Sync + 'static>(mut self, value: Arc<T>) -> Self {
        self.add_shared(value);
        self
    }

    /// Binds a factory, which is called once at boot.
    #[must_use]
    pub fn singleton<T, F>(mut self, factory: F) -> Self
    where
        T: Send + Sync + 'static,
        F: FnOnce(&Resolver<'_>) -> Result<T, ContainerError> + Send + 'static,
    {
        self.add_singleton(factory);
        self
    }

    /// [`shared`](Self::shared), for providers.
    pub fn add_shared<T: ?Sized + Send + Sync + 'static>(&mut self, value: Arc<T>) {
        self.insert::<T>(Box::new(|_| Ok(Box::new(value))));
    }

    /// [`singleton`](Self::singleton), for providers.
    pub fn add_singleton<T, F>(&mut self, factory: F)
    where
        T: Send + Sync + 'static,
        F: FnOnce(&Resolver<'_>) -> Result<T, ContainerError> + Send + 'static,
    {
        self.insert::<T>(Box::new(|resolver| Ok(Box::new(Arc::new(factory(resolver)?)))));
    }

    /// Builds every service, each after those it asks for.
    ///
    /// # Errors
    /// All missing and circular dependencies and failed factories at once, each with its path.
    pub fn build(self) -> Result<Container, BootErrors> {
        let types: Vec<_> = self.factories.iter().map(|(id, (name, _))| (*id, *name)).collect();
        let resolver = Resolver {
            waiting: RefCell::new(self.factories),
            built: RefCell::default(),
            path: RefCell::default(),
            failed: RefCell::default(),
        };
        for (id, name) in types {
            resolver.build(id, name);
        }
        let mut failures: Vec<_> = resolver.failed.into_inner().into_values().flatten().collect();
        failures.sort();
        let mut errors = BootErrors::new();
        failures.into_iter().for_each(|failure| errors.push(failure));
        errors.into_result()?;
        Ok(Container { services: Arc::new(resolver.built.into_inner()) })
    }

    fn insert<T: ?Sized + 'static>(&mut self, factory: Factory) {
        self.factories.insert(TypeId::of::<T>(), (type_name::<T>(), factory));
    }
}

impl fmt::Debug for ContainerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContainerBuilder({} bindings)", self.factories.len())
    }
}

/// What a factory asks for its dependencies while the container is built.
pub struct Resolver<'a> {
    waiting: RefCell<HashMap<TypeId, (&'static str, Factory)>>,
    built: RefCell<HashMap<TypeId, Service>>,
    path: RefCell<Vec<(TypeId, &'a str)>>,
    /// The message, or none where the failure is told by the service that caused it.
    failed: RefCell<HashMap<TypeId, Option<String>>>,
}

impl Resolver<'_> {
    /// The service of a type, built now if it was not yet.
    ///
    /// # Errors
    /// If it is not bound, if its factory fails, or if it needs itself.
    pub fn get<T: ?Sized + Send + Sync + 'static>(&self) -> Result<Arc<T>, ContainerError> {
        let id = TypeId::of::<T>();
        if let Some(at) = self.path.borrow().iter().position(|(on_path, _)| *on_path == id) {
            return Err(ContainerError::new(format!(
                "circular: {}",
                self.path_from(at, type_name::<T>())
            )));
        }
        self.build(id, type_name::<T>());
        if self.failed.borrow().contains_key(&id) {
            return Err(ContainerError { message: None, source: None });
        }
        self.built
            .borrow()
            .get(&id)
            .and_then(|service| service.downcast_ref::<Arc<T>>())
            .map(Arc::clone)
            .ok_or_else(|| {
                ContainerError::new(format!(
                    "{} (needed by {})",
                    MissingBinding::of::<T>(),
                    self.path_from(0, "")
                ))
            })
    }

    fn build(&self, id: TypeId, name: &'static str) {
        let Some((_, factory)) = self.waiting.borrow_mut().remove(&id) else { return };
        self.path.borrow_mut().push((id, name));
        let result = factory(self);
        self.path.borrow_mut().pop();
        match result {
            Ok(service) => {
                self.built.borrow_mut().insert(id, service);
            }
            Err(error) => {
                let message = error.message.map(|message| match error.source {
                    Some(source) => format!("service {name}: {message}: {source}"),
                    None => format!("service {name}: {message}"),
                });
                self.failed.borrow_mut().insert(id, message);
            }
        }
    }

    fn path_from(&self, at: usize, last: &str) -> String {
        let path = self.path.borrow();
        let mut names: Vec<_> = path.iter().skip(at).map(|(_, name)| *name).collect();
        if !last.is_empty() {
            names.push(last);
        }
        names.join(" -> ")
    }
}

impl fmt::Debug for Resolver<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Resolver({})", self.path_from(0, ""))
    }
}

/// Why a service could not be built.
#[derive(Debug)]
pub struct ContainerError {
    message: Option<String>,
    source: Option<BoxError>,
}

impl ContainerError {
    /// An error that says what is wrong and what to do.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: Some(message.into()), source: None }
    }
}

/// `?` in a factory.
impl<E: std::error::Error + Send + Sync + 'static> From<E> for ContainerError {
    fn from(source: E) -> Self {
        Self { message: Some("its factory failed".to_owned()), source: Some(Box::new(source)) }
    }
}

impl fmt::Display for ContainerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message.as_deref().unwrap_or("a dependency failed"))
    }
}

/// A type that was asked for and never bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingBinding {
    type_name: &'static str,
}

impl MissingBinding {
    /// Says that `T` is missing.
    #[must_use]
    pub fn of<T: ?Sized>() -> Self {
        Self { type_name: type_name::<T>() }
    }

    /// The type that was asked for.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }
}

impl fmt::Display for MissingBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no `{}` in the container: bind it in a service provider", self.type_name)
    }
}

impl std::error::Error for MissingBinding {}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct A;
    #[derive(Debug)]
    struct B;

    #[test]
    fn every_problem_is_told_at_once_and_each_only_once() {
        let errors = Container::builder()
            .singleton::<u8, _>(|services| services.get::<A>().map(|_| 1))
            .singleton::<u16, _>(|services| services.get::<u8>().map(|_| 1))
            .singleton::<u32, _>(|_| Ok("x".parse::<u32>()?))
            .build()
            .unwrap_err();
        let lines: Vec<_> = errors.iter().collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines.iter().any(|line| line.contains("u8") && line.contains("A")));
        assert!(lines.iter().any(|line| line.contains("u32") && line.contains("invalid digit")));
    }

    #[test]
    fn a_circle_is_an_error_with_its_path() {
        let errors = Container::builder()
            .singleton::<A, _>(|services| services.get::<B>().map(|_| A))
            .singleton::<B, _>(|services| services.get::<A>().map(|_| B))
            .build()
            .unwrap_err()
            .to_string();
        assert!(errors.contains("circular"), "{errors}");
        assert!(errors.contains(" -> "), "{errors}");
    }

    #[test]
    fn a_singleton_is_one_and_the_same() {
        let container = Container::builder().singleton(|_| Ok(A)).build().unwrap();
        assert!(Arc::ptr_eq(&container.get::<A>().unwrap(), &container.get::<A>().unwrap()));
        assert!(container.has::<A>() && !container.has::<B>());
    }
}
