//! What lives as long as one request or one job.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::entry::{Disposer, Entry, Value};
use super::error::Kind;
use super::injected::InjectedFn;
use super::inner::Inner;
use super::resolver::typed;
use crate::{BoxFuture, Container, ContainerError, Resolver, ServiceKey};

/// What lives as long as one request or one job: a scoped service is made once in it.
///
/// A handler takes scoped services as `Scoped<T>`, and the scope of its request ends after it. A job or
/// a test opens one with [`Container::scope`] and ends it. One that is dropped without
/// [`end`](Self::end), as when a client goes away, hands what is to be disposed of to
/// [`dispose_with`](crate::ContainerBuilder::dispose_with).
///
/// # Example
/// ```
/// # use std::sync::Arc;
/// # use highper_core::Container;
/// struct Basket;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let container = Container::builder()
///     .scoped(|| Ok(Basket))
///     .dispose(|_: Arc<Basket>| async { /* put everything back */ })
///     .build()
///     .unwrap();
/// let scope = container.scope();
/// assert!(Arc::ptr_eq(&scope.get::<Basket>().unwrap(), &scope.get::<Basket>().unwrap()));
/// scope.end().await;
/// # }
/// ```
#[derive(Clone)]
pub struct Scope(Arc<ScopeInner>);

pub(crate) struct ScopeInner {
    id: u64,
    inner: Arc<Inner>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    is_over: bool,
    /// In the order of their making. A request makes few: looking at each is faster than a map.
    services: Vec<(u64, Value, Option<Disposer>)>,
}

impl Scope {
    pub(crate) fn new(inner: &Arc<Inner>) -> Self {
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        Self(Arc::new(ScopeInner { id, inner: Arc::clone(inner), kept: Mutex::default() }))
    }

    /// The service of a type: a scoped one is that of this scope.
    ///
    /// # Errors
    /// As [`Container::get`]; also if it is scoped and the scope is over.
    pub fn get<T: ?Sized + Send + Sync + 'static>(&self) -> Result<Arc<T>, ContainerError> {
        self.resolver().get()
    }

    /// The service of a name.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn get_named<T>(&self, name: &str) -> Result<Arc<T>, ContainerError>
    where
        T: ?Sized + Send + Sync + 'static,
    {
        self.resolver().get_named(name)
    }

    /// Calls a function whose arguments are injected.
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

    /// The container that it belongs to.
    #[must_use]
    pub fn container(&self) -> Container {
        Container::from_inner(&self.0.inner)
    }

    /// Disposes of what was made, the last first; nothing is made in it afterwards.
    pub async fn end(&self) {
        let services = self.0.take();
        dispose(services).await;
    }

    fn resolver(&self) -> Resolver<'_> {
        Resolver::new(&self.0.inner, Some(&self.0))
    }

    /// The service of a binding that was looked up before.
    pub(crate) fn provide<T: ?Sized + Send + Sync + 'static>(
        &self,
        entry: &Arc<Entry>,
    ) -> Result<Arc<T>, ContainerError> {
        typed(&self.resolver().provide(entry, None)?, &ServiceKey::of::<T>())
    }
}

impl ScopeInner {
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn find(&self, entry: u64) -> Option<Value> {
        let kept = self.kept();
        kept.services.iter().find(|(id, ..)| *id == entry).map(|(_, value, _)| Arc::clone(value))
    }

    pub(crate) fn keep(&self, entry: &Entry, value: &Value) -> Result<(), ContainerError> {
        let mut kept = self.kept();
        if kept.is_over {
            let message = format!("`{}` was asked for in a scope that has ended", entry.key);
            return Err(ContainerError::new(Kind::Unscoped, &entry.key, message));
        }
        kept.services.push((entry.id, Arc::clone(value), entry.disposer.clone()));
        Ok(())
    }

    fn take(&self) -> Vec<(u64, Value, Option<Disposer>)> {
        let mut kept = self.kept();
        kept.is_over = true;
        std::mem::take(&mut kept.services)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The last in, the first out: what was made later may use what was made before it.
async fn dispose(services: Vec<(u64, Value, Option<Disposer>)>) {
    for (_, value, disposer) in services.into_iter().rev() {
        if let Some(dispose) = disposer {
            dispose(&value).await;
        }
    }
}

impl Drop for ScopeInner {
    fn drop(&mut self) {
        let services = self.take();
        if let Some(run) = &self.inner.dispose_with
            && services.iter().any(|(_, _, disposer)| disposer.is_some())
        {
            run(Box::pin(dispose(services)));
        }
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scope({} services)", self.0.kept().services.len())
    }
}

/// Runs the end of scopes that were dropped.
pub(crate) type DisposeWith = Arc<dyn Fn(BoxFuture<'static, ()>) + Send + Sync>;

/// 0 is no scope.
static NEXT_ID: AtomicU64 = AtomicU64::new(1);
