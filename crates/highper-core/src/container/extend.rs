//! Changing what others have bound, and hooks around the making of services.

use std::any::TypeId;
use std::sync::Arc;

use super::entry::{Entry, Value};
use super::hooks::of_type;
use super::injected::FromContainer;
use super::needs::Needs;
use crate::{BoxError, BoxFuture, ContainerBuilder, Resolver, ServiceKey};

/// A function from a service to the one that takes its place; further arguments, at most three, are
/// injected.
pub trait ExtendFn<T: ?Sized, Args>: Send + Sync + 'static {
    /// What its further arguments need.
    fn needs(needs: &mut Needs);

    /// Fills the arguments in and calls it.
    ///
    /// # Errors
    /// If an argument cannot be had, or the function fails.
    fn call(&self, service: Arc<T>, resolver: &Resolver<'_>) -> Result<Arc<T>, BoxError>;
}

macro_rules! extend_fn {
    ($($arg:ident),*) => {
        impl<F, T, $($arg),*> ExtendFn<T, ($($arg,)*)> for F
        where
            T: ?Sized,
            F: Fn(Arc<T>, $($arg),*) -> Result<Arc<T>, BoxError> + Send + Sync + 'static,
            $($arg: FromContainer,)*
        {
            #[allow(unused_variables, reason = "without further arguments nothing is needed")]
            fn needs(needs: &mut Needs) {
                $($arg::needs(needs);)*
            }

            #[allow(unused_variables, reason = "without further arguments nothing is needed")]
            fn call(&self, service: Arc<T>, resolver: &Resolver<'_>) -> Result<Arc<T>, BoxError> {
                self(service, $($arg::from_container(resolver)?),*)
            }
        }
    };
}

extend_fn!();
extend_fn!(A);
extend_fn!(A, B);
extend_fn!(A, B, C);

/// Changing what others have bound.
impl ContainerBuilder {
    /// Puts something around a service, or in its place, whoever binds it and whenever. Those that are
    /// added first are innermost. One that exists already goes through it as well.
    ///
    /// # Example
    /// ```
    /// # use std::sync::Arc;
    /// # use highper_core::Container;
    /// let container = Container::builder()
    ///     .instance(2_u8)
    ///     .extend(|number: Arc<u8>| Ok(Arc::new(*number * 10)))
    ///     .extend(|number: Arc<u8>| Ok(Arc::new(*number + 1)))
    ///     .build()?;
    /// assert_eq!(*container.get::<u8>()?, 21);
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn extend<T, F, Args>(&mut self, extend: F) -> &mut Self
    where
        T: ?Sized + Send + Sync + 'static,
        F: ExtendFn<T, Args>,
    {
        let key = ServiceKey::of::<T>();
        let mut needs = Needs::default();
        F::needs(&mut needs);
        let of = key.clone();
        let extender = move |value: Value, resolver: &Resolver<'_>| {
            let service = super::resolver::typed::<T>(&value, &of)?;
            Ok(Arc::new(extend.call(service, resolver)?) as Value)
        };
        if let Some(known) = self.entries.get(&key).cloned() {
            self.note_rebound(&known);
        }
        self.touched.insert(key.clone());
        self.extenders.entry(key).or_default().push((Arc::new(extender), needs));
        self
    }

    /// Takes all [`extend`](Self::extend)s of a type back; what went through them is made anew.
    pub fn forget_extenders<T: ?Sized + 'static>(&mut self) -> &mut Self {
        self.extenders.remove(&ServiceKey::of::<T>());
        self.forget_instance::<T>()
    }

    /// Drops a singleton that a forked container has made: it is made anew.
    pub fn forget_instance<T: ?Sized + 'static>(&mut self) -> &mut Self {
        let key = ServiceKey::of::<T>();
        if let Some(known) = self.entries.get_mut(&key) {
            *known = Arc::new(Entry { extenders: Vec::new(), ..known.anew() });
            self.touched.insert(key);
        }
        self
    }
}

/// Hooks. Around one making they run in this order: `before_resolving`, the factory, what extends it,
/// `resolving`, `after_resolving`; of each first those for every service, then those for the type.
/// Singletons are made once, so theirs run once.
impl ContainerBuilder {
    /// Runs before any service is made.
    pub fn before_resolving_any(
        &mut self,
        hook: impl Fn(&ServiceKey) + Send + Sync + 'static,
    ) -> &mut Self {
        self.hooks.before_any.push(Arc::new(hook));
        self
    }

    /// Runs before a service of a type is made.
    pub fn before_resolving<T: ?Sized + 'static>(
        &mut self,
        hook: impl Fn(&ServiceKey) + Send + Sync + 'static,
    ) -> &mut Self {
        self.hooks.before.entry(TypeId::of::<T>()).or_default().push(Arc::new(hook));
        self
    }

    /// Runs when any service was made.
    pub fn resolving_any(
        &mut self,
        hook: impl Fn(&ServiceKey) + Send + Sync + 'static,
    ) -> &mut Self {
        self.hooks.resolving_any.push(Arc::new(hook));
        self
    }

    /// Runs when a service of a type was made; for a trait, when one was made to be seen as that.
    pub fn resolving<T: ?Sized + Send + Sync + 'static>(
        &mut self,
        hook: impl Fn(&Arc<T>) + Send + Sync + 'static,
    ) -> &mut Self {
        self.hooks.resolving.entry(TypeId::of::<Arc<T>>()).or_default().push(of_type(hook));
        self
    }

    /// Runs after [`resolving`](Self::resolving) of any service.
    pub fn after_resolving_any(
        &mut self,
        hook: impl Fn(&ServiceKey) + Send + Sync + 'static,
    ) -> &mut Self {
        self.hooks.after_any.push(Arc::new(hook));
        self
    }

    /// Runs after [`resolving`](Self::resolving) of a service of a type.
    pub fn after_resolving<T: ?Sized + Send + Sync + 'static>(
        &mut self,
        hook: impl Fn(&Arc<T>) + Send + Sync + 'static,
    ) -> &mut Self {
        self.hooks.after.entry(TypeId::of::<Arc<T>>()).or_default().push(of_type(hook));
        self
    }

    /// Runs when a service that somebody has seen is bound anew or extended, with the new one.
    pub fn rebinding<T: ?Sized + Send + Sync + 'static>(
        &mut self,
        hook: impl Fn(&Arc<T>) + Send + Sync + 'static,
    ) -> &mut Self {
        self.hooks.rebinding.entry(ServiceKey::of::<T>()).or_default().push(of_type(hook));
        self
    }

    /// Runs for each scoped service of a type when its scope ends: to commit, to give back, to flush.
    pub fn dispose<T, F, Ended>(&mut self, dispose: F) -> &mut Self
    where
        T: ?Sized + Send + Sync + 'static,
        F: Fn(Arc<T>) -> Ended + Send + Sync + 'static,
        Ended: Future<Output = ()> + Send + 'static,
    {
        let disposer = move |value: &Value| -> BoxFuture<'static, ()> {
            match value.downcast_ref::<Arc<T>>() {
                Some(service) => Box::pin(dispose(Arc::clone(service))),
                None => Box::pin(std::future::ready(())),
            }
        };
        self.disposers.insert(ServiceKey::of::<T>(), Arc::new(disposer));
        self
    }

    /// Says what runs the end of a scope that was dropped before it ended, as when a client goes away:
    /// the runtime's `spawn`. Without it such a scope is dropped and nothing more.
    pub fn dispose_with(
        &mut self,
        run: impl Fn(BoxFuture<'static, ()>) + Send + Sync + 'static,
    ) -> &mut Self {
        self.dispose_with = Some(Arc::new(run));
        self
    }
}
