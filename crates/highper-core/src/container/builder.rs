//! The container while services are bound.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Weak};

use super::contextual::When;
use super::deferred::Deferred;
use super::entry::{Disposer, Entry, Extender, Lifetime, Recipe, Value};
use super::hooks::Hooks;
use super::injected::{FromContainer, InjectedFn};
use super::inner::{Giver, Inner};
use super::named::NamedBinding;
use super::needs::Needs;
use super::scope::DisposeWith;
use super::tags::{Member, TagKey};
use crate::{BoxError, ConfigValues, ServiceKey, ServiceProvider};

/// Gathers bindings; a later one replaces an earlier one.
///
/// A factory is a function whose arguments are injected, written with their types. So boot knows what
/// each service needs without making it. Methods take and give `&mut`, because one builder goes through
/// all providers; what is wrong with a binding is told by [`build`](Self::build), with everything else.
///
/// # Example
/// ```
/// # use std::sync::Arc;
/// # use highper_core::Container;
/// struct Db;
/// struct Shelf { db: Arc<Db> }
/// struct Basket { shelf: Arc<Shelf> }
///
/// let container = Container::builder()
///     .singleton(|| Ok(Db))
///     .singleton(|db: Arc<Db>| Ok(Shelf { db }))
///     .scoped(|shelf: Arc<Shelf>| Ok(Basket { shelf }))
///     .build()?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct ContainerBuilder {
    /// In the order in which keys were first bound.
    pub(super) order: Vec<ServiceKey>,
    pub(super) entries: HashMap<ServiceKey, Arc<Entry>>,
    pub(super) aliases: HashMap<Cow<'static, str>, ServiceKey>,
    pub(super) contextual: HashMap<ServiceKey, HashMap<ServiceKey, Arc<Entry>>>,
    pub(super) values: HashMap<ServiceKey, HashMap<Cow<'static, str>, Giver>>,
    pub(super) tags: HashMap<TagKey, Vec<Member>>,
    pub(super) extenders: HashMap<ServiceKey, Vec<(Extender, Needs)>>,
    pub(super) disposers: HashMap<ServiceKey, Disposer>,
    pub(super) hooks: Hooks,
    pub(super) dispose_with: Option<DisposeWith>,
    pub(super) environment: Option<Cow<'static, str>>,
    pub(super) problems: Vec<String>,
    /// Bound or changed in this builder, and not taken over from a container.
    pub(super) touched: HashSet<ServiceKey>,
    /// Touched after somebody had seen the service.
    pub(super) rebound: Vec<ServiceKey>,
    /// Who binds now, for messages.
    pub(super) provider: Option<&'static str>,
    /// What this one is a fork of, and whether a deferred provider is the reason.
    pub(super) forked: Option<Arc<Inner>>,
    pub(super) root: Option<Weak<Inner>>,
}

/// Binding.
impl ContainerBuilder {
    /// Binds a factory, which is called each time that the service is asked for.
    pub fn bind<T, F, Args>(&mut self, factory: F) -> &mut Self
    where
        T: Send + Sync + 'static,
        F: InjectedFn<Args, Result<T, BoxError>> + Send + Sync + 'static,
    {
        self.insert(entry_of(ServiceKey::of::<T>(), Lifetime::Transient, factory))
    }

    /// [`bind`](Self::bind), unless the type is bound.
    pub fn bind_if<T, F, Args>(&mut self, factory: F) -> &mut Self
    where
        T: Send + Sync + 'static,
        F: InjectedFn<Args, Result<T, BoxError>> + Send + Sync + 'static,
    {
        if self.is_bound::<T>() { self } else { self.bind(factory) }
    }

    /// Binds a factory, which is called once, at boot.
    pub fn singleton<T, F, Args>(&mut self, factory: F) -> &mut Self
    where
        T: Send + Sync + 'static,
        F: InjectedFn<Args, Result<T, BoxError>> + Send + Sync + 'static,
    {
        self.insert(entry_of(ServiceKey::of::<T>(), Lifetime::Singleton, factory))
    }

    /// [`singleton`](Self::singleton), unless the type is bound.
    pub fn singleton_if<T, F, Args>(&mut self, factory: F) -> &mut Self
    where
        T: Send + Sync + 'static,
        F: InjectedFn<Args, Result<T, BoxError>> + Send + Sync + 'static,
    {
        if self.is_bound::<T>() { self } else { self.singleton(factory) }
    }

    /// Binds a factory, which is called once, when the service is first asked for. Boot looks only
    /// whether its arguments can be had. A thread that asks meanwhile waits.
    pub fn lazy_singleton<T, F, Args>(&mut self, factory: F) -> &mut Self
    where
        T: Send + Sync + 'static,
        F: InjectedFn<Args, Result<T, BoxError>> + Send + Sync + 'static,
    {
        let mut entry = entry_of(ServiceKey::of::<T>(), Lifetime::Singleton, factory);
        entry.is_lazy = true;
        self.insert(entry)
    }

    /// Binds a factory, which is called once in each [`Scope`](crate::Scope).
    pub fn scoped<T, F, Args>(&mut self, factory: F) -> &mut Self
    where
        T: Send + Sync + 'static,
        F: InjectedFn<Args, Result<T, BoxError>> + Send + Sync + 'static,
    {
        self.insert(entry_of(ServiceKey::of::<T>(), Lifetime::Scoped, factory))
    }

    /// [`scoped`](Self::scoped), unless the type is bound.
    pub fn scoped_if<T, F, Args>(&mut self, factory: F) -> &mut Self
    where
        T: Send + Sync + 'static,
        F: InjectedFn<Args, Result<T, BoxError>> + Send + Sync + 'static,
    {
        if self.is_bound::<T>() { self } else { self.scoped(factory) }
    }

    /// Binds a struct that derives `Inject`, with the lifetime that it names.
    pub fn inject<T: FromContainer + Send + Sync + 'static>(&mut self) -> &mut Self {
        let mut needs = Needs::default();
        T::needs(&mut needs);
        let recipe = Recipe::Factory(Arc::new(|resolver| {
            Ok(Arc::new(Arc::new(T::from_container(resolver)?)) as Value)
        }));
        self.insert(Entry::new(ServiceKey::of::<T>(), recipe, T::LIFETIME, needs))
    }

    /// Binds a value.
    pub fn instance<T: Send + Sync + 'static>(&mut self, value: T) -> &mut Self {
        self.shared(Arc::new(value))
    }

    /// Binds a value that is shared already; name the trait to bind an implementation to it.
    pub fn shared<T: ?Sized + Send + Sync + 'static>(&mut self, value: Arc<T>) -> &mut Self {
        self.named_by(ServiceKey::of::<T>()).shared(value)
    }

    /// Binds a trait to the service that implements it, and that is bound itself. It lives as long as that.
    ///
    /// # Example
    /// ```
    /// # use std::sync::Arc;
    /// # use highper_core::Container;
    /// trait Mailer: Send + Sync { fn host(&self) -> &str; }
    /// struct Smtp;
    /// impl Mailer for Smtp { fn host(&self) -> &str { "localhost" } }
    ///
    /// let container = Container::builder()
    ///     .singleton(|| Ok(Smtp))
    ///     .expose(|smtp: Arc<Smtp>| smtp as Arc<dyn Mailer>)
    ///     .build()?;
    /// assert_eq!(container.get::<dyn Mailer>()?.host(), "localhost");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn expose<S, T>(&mut self, seen_as: fn(Arc<S>) -> Arc<T>) -> &mut Self
    where
        S: ?Sized + Send + Sync + 'static,
        T: ?Sized + Send + Sync + 'static,
    {
        let mut needs = Needs::default();
        needs.service::<S>();
        let make = move |resolver: &crate::Resolver<'_>| {
            Ok(Arc::new(seen_as(resolver.get::<S>()?)) as Value)
        };
        let recipe = Recipe::Exposed(Arc::new(make), ServiceKey::of::<S>());
        self.insert(Entry::new(ServiceKey::of::<T>(), recipe, Lifetime::Transient, needs))
    }

    /// Binds under a name: `named("cache.redis").singleton(..)`.
    pub fn named(&mut self, name: impl Into<Cow<'static, str>>) -> NamedBinding<'_> {
        self.named_by(ServiceKey::named(name))
    }

    fn named_by(&mut self, key: ServiceKey) -> NamedBinding<'_> {
        NamedBinding { builder: self, key }
    }

    /// Gives a name, a type or an alias another name.
    pub fn alias(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        of: impl Into<ServiceKey>,
    ) -> &mut Self {
        let (name, of) = (name.into(), of.into());
        if of == ServiceKey::named(name.clone()) {
            self.problems.push(format!("alias `{name}`: it is an alias of itself; name another"));
            return self;
        }
        self.aliases.insert(name, of);
        self
    }

    /// Takes a binding back.
    pub fn unbind<T: ?Sized + 'static>(&mut self) -> &mut Self {
        let key = ServiceKey::of::<T>();
        self.entries.remove(&key);
        self.order.retain(|known| *known != key);
        self
    }

    /// True if the type is bound.
    #[must_use]
    pub fn is_bound<T: ?Sized + 'static>(&self) -> bool {
        self.entries.contains_key(&ServiceKey::of::<T>())
    }

    /// Says what one consumer gets, and no other: `when::<A>().needs::<B>().give(..)`.
    pub fn when<A: ?Sized + 'static>(&mut self) -> When<'_> {
        When::new(self, ServiceKey::of::<A>())
    }

    /// Adds a service to a tag, as the type that the tag's services have in common.
    pub fn tag<S, T>(
        &mut self,
        tag: impl Into<Cow<'static, str>>,
        seen_as: fn(Arc<S>) -> Arc<T>,
    ) -> &mut Self
    where
        S: ?Sized + Send + Sync + 'static,
        T: ?Sized + Send + Sync + 'static,
    {
        let mut needs = Needs::default();
        needs.service::<S>();
        let make = move |resolver: &crate::Resolver<'_>| {
            Ok(Arc::new(seen_as(resolver.get::<S>()?)) as Value)
        };
        let key = (tag.into(), std::any::TypeId::of::<T>());
        self.tags.entry(key).or_default().push(Member { make: Arc::new(make), needs });
        self
    }

    /// The environment that the application runs in, as `local` or `production`.
    pub fn environment(&mut self, name: impl Into<Cow<'static, str>>) -> &mut Self {
        self.environment = Some(name.into());
        self
    }

    /// Binds more in these environments only.
    pub fn in_environment(&mut self, names: &[&str], bind: impl FnOnce(&mut Self)) -> &mut Self {
        if names.contains(&self.current_environment()) {
            bind(self);
        }
        self
    }

    pub(crate) fn current_environment(&self) -> &str {
        self.environment.as_deref().unwrap_or(DEFAULT_ENVIRONMENT)
    }

    /// The configuration, if it is bound as a value already.
    pub(crate) fn config_values(&self) -> Option<Arc<dyn ConfigValues>> {
        match &self.entries.get(&ServiceKey::of::<dyn ConfigValues>())?.recipe {
            Recipe::Instance(value) => value.downcast_ref::<Arc<dyn ConfigValues>>().cloned(),
            _ => None,
        }
    }
}

/// What the parts of the builder do.
impl ContainerBuilder {
    pub(crate) fn insert(&mut self, mut entry: Entry) -> &mut Self {
        entry.provider = self.provider;
        let key = entry.key.clone();
        if key.type_id().is_none() {
            self.aliases.remove(key.as_str());
        }
        match self.entries.insert(key.clone(), Arc::new(entry)) {
            None => self.order.push(key.clone()),
            Some(replaced) => self.note_rebound(&replaced),
        }
        self.touched.insert(key);
        self
    }

    pub(super) fn note_rebound(&mut self, replaced: &Entry) {
        if replaced.is_resolved() && !self.rebound.contains(&replaced.key) {
            self.rebound.push(replaced.key.clone());
        }
    }

    pub(super) fn give(&mut self, consumers: &[ServiceKey], mut entry: Entry) {
        entry.provider = self.provider;
        let entry = Arc::new(entry);
        for consumer in consumers {
            let given = self.contextual.entry(consumer.clone()).or_default();
            given.insert(entry.key.clone(), Arc::clone(&entry));
        }
    }

    pub(super) fn give_value(&mut self, to: &[ServiceKey], name: &'static str, giver: &Giver) {
        for consumer in to {
            let given = self.values.entry(consumer.clone()).or_default();
            given.insert(Cow::Borrowed(name), giver.clone());
        }
    }

    /// Binds what a provider provides to the provider itself, until somebody asks.
    pub(crate) fn defer(&mut self, provider: &Arc<dyn ServiceProvider>, keys: Vec<ServiceKey>) {
        let probe = Entry::new(
            ServiceKey::named(""),
            Recipe::Instance(Arc::new(())),
            Lifetime::Singleton,
            Needs::default(),
        );
        let deferred = Arc::new(Deferred::new(probe.id, Arc::clone(provider)));
        for key in keys {
            let recipe = Recipe::Deferred(Arc::clone(&deferred));
            self.insert(Entry::new(key, recipe, Lifetime::Transient, Needs::default()));
        }
    }

    /// Runs `register` with a name for what it binds.
    pub(crate) fn registered_by(&mut self, name: &'static str, register: impl FnOnce(&mut Self)) {
        let outer = self.provider.replace(name);
        register(self);
        self.provider = outer;
    }
}

/// The binding of a factory.
pub(super) fn entry_of<T, F, Args>(key: ServiceKey, lifetime: Lifetime, factory: F) -> Entry
where
    T: Send + Sync + 'static,
    F: InjectedFn<Args, Result<T, BoxError>> + Send + Sync + 'static,
{
    let mut needs = Needs::default();
    F::needs(&mut needs);
    let recipe = Recipe::Factory(Arc::new(move |resolver| {
        Ok(Arc::new(Arc::new(factory.call(resolver)??)) as Value)
    }));
    Entry::new(key, recipe, lifetime, needs)
}

impl fmt::Debug for ContainerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContainerBuilder({} bindings)", self.entries.len())
    }
}

/// Where nothing says which it is, it is the one that is careful.
const DEFAULT_ENVIRONMENT: &str = "production";
