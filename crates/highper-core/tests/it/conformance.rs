//! PSR-11: what holds for everything that gives services out. One function over the container itself, a
//! fork of it, a scope in it, and one whose services come from a deferred provider.

use std::error::Error;
use std::sync::Arc;

use highper_core::{
    Container, ContainerBuilder, ContainerError, Providers, Scope, ServiceKey, ServiceProvider,
};

use crate::support::now;

#[derive(Debug)]
struct Shared;
#[derive(Debug)]
struct Fresh;
#[derive(Debug)]
struct Unknown;
/// Bound with what fails.
#[derive(Debug)]
struct Failing;
/// Bound, with a dependency that is found missing when it is made.
#[derive(Debug)]
struct Incomplete;

trait Gives {
    fn container(&self) -> Container;
    fn get<T: Send + Sync + 'static>(&self) -> Result<Arc<T>, ContainerError>;
    fn get_named<T: Send + Sync + 'static>(&self, name: &str) -> Result<Arc<T>, ContainerError>;
}

impl Gives for Container {
    fn container(&self) -> Container {
        self.clone()
    }

    fn get<T: Send + Sync + 'static>(&self) -> Result<Arc<T>, ContainerError> {
        Self::get(self)
    }

    fn get_named<T: Send + Sync + 'static>(&self, name: &str) -> Result<Arc<T>, ContainerError> {
        Self::get_named(self, name)
    }
}

impl Gives for Scope {
    fn container(&self) -> Container {
        Self::container(self)
    }

    fn get<T: Send + Sync + 'static>(&self) -> Result<Arc<T>, ContainerError> {
        Self::get(self)
    }

    fn get_named<T: Send + Sync + 'static>(&self, name: &str) -> Result<Arc<T>, ContainerError> {
        Self::get_named(self, name)
    }
}

#[derive(Debug)]
struct Services;

impl ServiceProvider for Services {
    fn register(&self, services: &mut ContainerBuilder) {
        services
            .singleton(|| Ok(Shared))
            .bind(|| Ok(Fresh))
            .bind(|| Err::<Failing, _>("out of paper".into()))
            .bind(|resolver: &highper_core::Resolver<'_>| {
                resolver.get::<Unknown>()?;
                Ok(Incomplete)
            });
        services.named("cache.redis").singleton(|| Ok(7_u32));
    }
}

/// The same, registered when somebody asks.
#[derive(Debug)]
struct Later;

impl ServiceProvider for Later {
    fn provides(&self) -> Vec<ServiceKey> {
        vec![
            ServiceKey::of::<Shared>(),
            ServiceKey::of::<Fresh>(),
            ServiceKey::of::<Failing>(),
            ServiceKey::of::<Incomplete>(),
            ServiceKey::named("cache.redis"),
        ]
    }

    fn register(&self, services: &mut ContainerBuilder) {
        Services.register(services);
    }
}

fn check(gives: &impl Gives) {
    let container = gives.container();
    // has is false, and so get is not found: a kind of container error.
    assert!(!container.has::<Unknown>() && !container.has_named("cache.none"));
    let error: ContainerError = gives.get::<Unknown>().unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert!(gives.get_named::<u32>("cache.none").unwrap_err().is_not_found());
    // has is true, and does not promise that get succeeds; the failure has a source.
    assert!(container.has::<Failing>());
    let error = gives.get::<Failing>().unwrap_err();
    assert!(!error.is_not_found());
    assert_eq!(error.source().unwrap().to_string(), "out of paper");
    // A missing dependency of a known entry is no "not found" of that entry.
    let error = gives.get::<Incomplete>().unwrap_err();
    assert!(container.has::<Incomplete>() && !error.is_not_found(), "{error}");
    let cause: &ContainerError = error.source().unwrap().downcast_ref().unwrap();
    assert!(cause.is_not_found() && cause.to_string().contains("needed by"), "{cause}");
    // Two key spaces.
    assert_eq!(*gives.get_named::<u32>("cache.redis").unwrap(), 7);
    assert!(!container.has::<u32>() && !container.has_named("u32"));
    let error = gives.get_named::<u8>("cache.redis").unwrap_err();
    assert!(error.to_string().contains("is no `u8`") && !error.is_not_found(), "{error}");
    // A singleton is one and the same, what is transient is not.
    assert!(Arc::ptr_eq(&gives.get::<Shared>().unwrap(), &gives.get::<Shared>().unwrap()));
    assert!(!Arc::ptr_eq(&gives.get::<Fresh>().unwrap(), &gives.get::<Fresh>().unwrap()));
}

fn container() -> Container {
    let mut services = Container::builder();
    Services.register(&mut services);
    services.build().unwrap()
}

#[test]
fn a_container_keeps_to_psr_11() {
    check(&container());
}

#[test]
fn a_fork_keeps_to_psr_11() {
    check(&container().fork().build().unwrap());
}

#[test]
fn a_scope_keeps_to_psr_11() {
    check(&container().scope());
}

#[test]
fn a_container_of_deferred_services_keeps_to_psr_11() {
    let mut providers = Providers::default();
    providers.add(Later);
    let mut services = Container::builder();
    providers.register(&mut services);
    let container = services.build().unwrap();
    check(&container);
    now(providers.boot(&container)).unwrap();
    check(&container);
}
