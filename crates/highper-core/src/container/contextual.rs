//! What one consumer gets, and no other.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;

use super::entry::{Entry, Lifetime, Recipe, Value};
use super::error::ADVICE;
use super::graph::similar;
use super::injected::InjectedFn;
use super::inner::{GiveFn, Giver};
use super::needs::Needs;
use crate::{BoxError, ContainerBuilder, ServiceKey};

/// Bindings for some consumers only. Made by [`ContainerBuilder::when`].
#[derive(Debug)]
#[must_use = "say what it needs and what it is given"]
pub struct When<'b> {
    builder: &'b mut ContainerBuilder,
    consumers: Vec<ServiceKey>,
}

impl<'b> When<'b> {
    pub(crate) fn new(builder: &'b mut ContainerBuilder, consumer: ServiceKey) -> Self {
        Self { builder, consumers: vec![consumer] }
    }

    /// For this consumer as well.
    pub fn and<A: ?Sized + 'static>(mut self) -> Self {
        self.consumers.push(ServiceKey::of::<A>());
        self
    }

    /// Where it asks for this service.
    pub fn needs<B: ?Sized + Send + Sync + 'static>(self) -> NeedsService<'b, B> {
        NeedsService { when: self, key: ServiceKey::of::<B>(), of: PhantomData }
    }

    /// Where it asks for the service of this name.
    pub fn needs_named<B>(self, name: &'static str) -> NeedsService<'b, B>
    where
        B: ?Sized + Send + Sync + 'static,
    {
        NeedsService { when: self, key: ServiceKey::named(name), of: PhantomData }
    }

    /// Where it has a parameter of this name: a field with `#[inject(value)]`.
    pub fn needs_value(self, name: &'static str) -> NeedsValue<'b> {
        NeedsValue { when: self, name }
    }
}

impl ContainerBuilder {
    /// What is given to whom nobody has bound: most likely a slip, and it would never be noticed.
    pub(super) fn given_to_nobody(&self) -> Vec<String> {
        let is_inherited = |key: &&ServiceKey| {
            let base = self.forked.as_ref();
            base.is_some_and(|base| {
                base.contextual.contains_key(*key) || base.values.contains_key(*key)
            })
        };
        let consumers = self.contextual.keys().chain(self.values.keys());
        let lost = consumers.filter(|key| !self.entries.contains_key(*key) && !is_inherited(key));
        let line = |key| {
            let hint = similar(key, self.order.iter());
            format!(
                "`when::<{key}>()`: no `{key}` in the container that could get it: {ADVICE}{hint}"
            )
        };
        lost.map(line).collect()
    }
}

/// A service that consumers need.
#[must_use = "say what they are given"]
pub struct NeedsService<'b, B: ?Sized> {
    when: When<'b>,
    key: ServiceKey,
    of: PhantomData<fn() -> Arc<B>>,
}

impl<'b, B: ?Sized + Send + Sync + 'static> NeedsService<'b, B> {
    /// Gives them what this factory makes, each time anew.
    pub fn give<F, Args>(self, factory: F) -> &'b mut ContainerBuilder
    where
        F: InjectedFn<Args, Result<Arc<B>, BoxError>> + Send + Sync + 'static,
    {
        let mut needs = Needs::default();
        F::needs(&mut needs);
        let recipe = Recipe::Factory(Arc::new(move |resolver| {
            let service: Arc<B> = factory.call(resolver)??;
            Ok(Arc::new(service) as Value)
        }));
        let entry = Entry::new(self.key.clone(), recipe, Lifetime::Transient, needs);
        self.when.builder.give(&self.when.consumers, entry);
        self.when.builder
    }
}

impl<B: ?Sized> fmt::Debug for NeedsService<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NeedsService").field("key", &self.key).finish_non_exhaustive()
    }
}

/// A value that consumers need.
#[derive(Debug)]
#[must_use = "say what they are given"]
pub struct NeedsValue<'b> {
    when: When<'b>,
    name: &'static str,
}

impl<'b> NeedsValue<'b> {
    /// Gives them this value.
    pub fn give<T: Clone + Send + Sync + 'static>(self, value: T) -> &'b mut ContainerBuilder {
        let value: Value = Arc::new(value);
        self.give_by(None, Arc::new(move |_| Ok(Some(Arc::clone(&value)))))
    }

    /// Gives them a configuration value, parsed as `T`.
    pub fn give_config<T>(self, key: &'static str) -> &'b mut ContainerBuilder
    where
        T: FromStr<Err: fmt::Display> + Send + Sync + 'static,
    {
        self.give_by(
            Some(key),
            Arc::new(move |resolver| {
                Ok(resolver.config::<T>(key)?.map(|value| Arc::new(value) as Value))
            }),
        )
    }

    /// Gives them the services of a tag as a `Vec<Arc<T>>`.
    pub fn give_tagged<T>(self, tag: &'static str) -> &'b mut ContainerBuilder
    where
        T: ?Sized + Send + Sync + 'static,
    {
        self.give_by(
            None,
            Arc::new(move |resolver| {
                let services: Vec<Arc<T>> =
                    resolver.tagged::<T>(tag).iter().collect::<Result<_, _>>()?;
                Ok(Some(Arc::new(services) as Value))
            }),
        )
    }

    fn give_by(self, config: Option<&'static str>, make: GiveFn) -> &'b mut ContainerBuilder {
        let Self { when, name } = self;
        when.builder.give_value(&when.consumers, name, &Giver { make, config });
        when.builder
    }
}
