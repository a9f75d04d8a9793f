//! Bindings under a name.

use std::sync::Arc;

use super::entry::{Entry, Lifetime, Recipe, Value};
use super::injected::InjectedFn;
use crate::{BoxError, ContainerBuilder, ServiceKey};

/// A name that something is to be bound under. Made by [`ContainerBuilder::named`].
#[derive(Debug)]
#[must_use = "say what is bound under the name"]
pub struct NamedBinding<'b> {
    pub(crate) builder: &'b mut ContainerBuilder,
    pub(crate) key: ServiceKey,
}

impl<'b> NamedBinding<'b> {
    /// Binds a factory, which is called each time.
    pub fn bind<T, F, Args>(self, factory: F) -> &'b mut ContainerBuilder
    where
        T: Send + Sync + 'static,
        F: InjectedFn<Args, Result<T, BoxError>> + Send + Sync + 'static,
    {
        self.factory(Lifetime::Transient, factory)
    }

    /// Binds a factory, which is called once at boot.
    pub fn singleton<T, F, Args>(self, factory: F) -> &'b mut ContainerBuilder
    where
        T: Send + Sync + 'static,
        F: InjectedFn<Args, Result<T, BoxError>> + Send + Sync + 'static,
    {
        self.factory(Lifetime::Singleton, factory)
    }

    /// Binds a factory, which is called once in each scope.
    pub fn scoped<T, F, Args>(self, factory: F) -> &'b mut ContainerBuilder
    where
        T: Send + Sync + 'static,
        F: InjectedFn<Args, Result<T, BoxError>> + Send + Sync + 'static,
    {
        self.factory(Lifetime::Scoped, factory)
    }

    /// Binds a value that is shared already.
    pub fn shared<T: ?Sized + Send + Sync + 'static>(
        self,
        value: Arc<T>,
    ) -> &'b mut ContainerBuilder {
        let recipe = Recipe::Instance(Arc::new(value) as Value);
        let entry = Entry::new(self.key, recipe, Lifetime::Singleton, super::Needs::default());
        self.builder.insert(entry);
        self.builder
    }

    fn factory<T, F, Args>(self, lifetime: Lifetime, factory: F) -> &'b mut ContainerBuilder
    where
        T: Send + Sync + 'static,
        F: InjectedFn<Args, Result<T, BoxError>> + Send + Sync + 'static,
    {
        let entry = super::builder::entry_of(self.key, lifetime, factory);
        self.builder.insert(entry);
        self.builder
    }
}
