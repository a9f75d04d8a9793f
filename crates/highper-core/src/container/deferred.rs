//! Providers that are registered and booted when somebody asks for what they provide.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Poll, Waker};

use super::builds::Turn;
use super::chain;
use super::error::{ContainerError, Kind};
use super::inner::{Inner, gone};
use crate::{BoxError, Container, ContainerBuilder, ServiceKey, ServiceProvider};

/// A provider that is registered and booted once, when somebody asks for what it provides.
pub(crate) struct Deferred {
    id: u64,
    pub(crate) provider: Arc<dyn ServiceProvider>,
    loaded: OnceLock<Arc<Inner>>,
    boot: Mutex<Boot>,
    is_booted: AtomicBool,
}

#[derive(Default)]
enum Boot {
    #[default]
    NotYet,
    Running(Vec<Waker>),
    Done,
}

impl Deferred {
    pub(crate) fn new(id: u64, provider: Arc<dyn ServiceProvider>) -> Self {
        Self {
            id,
            provider,
            loaded: OnceLock::new(),
            boot: Mutex::default(),
            is_booted: AtomicBool::new(false),
        }
    }

    /// The container with what the provider binds. Once the application runs, only `Container::load`
    /// registers: it can await the boot, and a factory cannot.
    pub(crate) fn load(
        self: &Arc<Self>,
        inner: &Arc<Inner>,
        key: &ServiceKey,
    ) -> Result<Arc<Inner>, ContainerError> {
        if let Some(loaded) = self.loaded.get() {
            return Ok(Arc::clone(loaded));
        }
        let root = inner.root().ok_or_else(|| gone(key))?;
        if root.is_sealed.load(Ordering::Acquire) {
            let message = format!(
                "`{key}` comes from the deferred provider {}, which nobody needed at boot: await \
                 `container.load::<..>()` before",
                self.provider.name()
            );
            return Err(ContainerError::new(Kind::Refused, key, message));
        }
        self.register(&root, key)
    }

    /// Registers the provider, if it was not yet.
    pub(crate) fn register(
        self: &Arc<Self>,
        root: &Arc<Inner>,
        key: &ServiceKey,
    ) -> Result<Arc<Inner>, ContainerError> {
        let name = ServiceKey::named(format!("provider {}", self.provider.name()));
        let _link = chain::enter(self.id, &name)?;
        loop {
            if let Some(loaded) = self.loaded.get() {
                return Ok(Arc::clone(loaded));
            }
            let _permit = match root.builds.turn((self.id, 0)) {
                Turn::Mine(permit) => permit,
                Turn::Over => continue,
                Turn::Circular => return Err(chain::circular([&name].into_iter(), &name)),
            };
            if self.loaded.get().is_some() {
                continue;
            }
            let mut builder = ContainerBuilder::for_deferred(root, self);
            builder.registered_by(self.provider.name(), |builder| self.provider.register(builder));
            let loaded = builder.draft().finish().map_err(|problems| {
                let lines: Vec<_> = problems.iter().collect();
                ContainerError::failed(key, lines.join("; ").into())
            })?;
            let loaded = Arc::clone(loaded.inner());
            let _ = self.loaded.set(Arc::clone(&loaded));
            root.note_loaded(self);
            return Ok(loaded);
        }
    }

    /// Boots the provider, if it was not yet; waits where another task does.
    pub(crate) async fn boot(&self, container: &Container) -> Result<(), BoxError> {
        if !std::future::poll_fn(|cx| self.poll_turn(cx.waker())).await {
            return Ok(());
        }
        let mut turn = BootTurn { deferred: self, next: Boot::NotYet };
        self.provider.boot(container).await?;
        self.is_booted.store(true, Ordering::Release);
        turn.next = Boot::Done;
        Ok(())
    }

    pub(crate) fn is_booted(&self) -> bool {
        self.is_booted.load(Ordering::Acquire)
    }

    /// True if the caller is to boot it, false if it is booted.
    fn poll_turn(&self, waker: &Waker) -> Poll<bool> {
        let mut boot = self.boot.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *boot {
            Boot::Done => Poll::Ready(false),
            Boot::Running(waiting) => {
                waiting.push(waker.clone());
                Poll::Pending
            }
            Boot::NotYet => {
                *boot = Boot::Running(Vec::new());
                Poll::Ready(true)
            }
        }
    }
}

/// Gives the turn on, also where booting fails or is dropped.
struct BootTurn<'a> {
    deferred: &'a Deferred,
    next: Boot,
}

impl Drop for BootTurn<'_> {
    fn drop(&mut self) {
        let next = std::mem::take(&mut self.next);
        let mut boot = self.deferred.boot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Boot::Running(waiting) = std::mem::replace(&mut *boot, next) {
            drop(boot);
            waiting.into_iter().for_each(Waker::wake);
        }
    }
}
