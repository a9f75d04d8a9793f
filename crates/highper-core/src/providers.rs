//! The life of the providers: registered together, booted in order, shut down in reverse.

use std::any::{Any, TypeId};
use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use crate::{BootErrors, Command, ConfigValues, Container, ContainerBuilder, ServiceProvider};

/// The providers of an application.
///
/// # Example
/// ```
/// # use highper_core::{Container, ContainerBuilder, Providers, ServiceProvider};
/// #[derive(Debug)]
/// struct Shop;
/// impl ServiceProvider for Shop {
///     fn register(&self, services: &mut ContainerBuilder) {
///         services.instance(7_u8);
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let mut providers = Providers::default();
/// providers.add(Shop).add(Shop);
/// assert_eq!(providers.len(), 1);
///
/// let mut services = Container::builder();
/// providers.register(&mut services);
/// let container = services.build().unwrap();
/// providers.boot(&container).await.unwrap();
/// // Here the application runs.
/// let deadline = std::future::pending();
/// assert_eq!(providers.shut_down(&container, deadline).await, Vec::<&str>::new());
/// # }
/// ```
#[derive(Default)]
pub struct Providers {
    list: Vec<(TypeId, Arc<dyn ServiceProvider>)>,
    /// Those that take part in this environment: indices, in order of registration.
    active: Mutex<Vec<Arc<dyn ServiceProvider>>>,
    booted: Mutex<Vec<Arc<dyn ServiceProvider>>>,
    before_boot: Vec<Hook>,
    after_boot: Vec<Hook>,
}

type Hook = Box<dyn Fn(&Container) + Send + Sync>;

impl Providers {
    /// Adds one, unless one of the same type and name was added.
    pub fn add<P: ServiceProvider>(&mut self, provider: P) -> &mut Self {
        let id = provider.type_id();
        let is_known = |(known, other): &(TypeId, Arc<dyn ServiceProvider>)| {
            *known == id && other.name() == provider.name()
        };
        if !self.list.iter().any(is_known) {
            self.list.push((id, Arc::new(provider)));
        }
        self
    }

    /// Runs before the first provider boots.
    pub fn booting(&mut self, hook: impl Fn(&Container) + Send + Sync + 'static) -> &mut Self {
        self.before_boot.push(Box::new(hook));
        self
    }

    /// Runs after the last provider has booted.
    pub fn booted(&mut self, hook: impl Fn(&Container) + Send + Sync + 'static) -> &mut Self {
        self.after_boot.push(Box::new(hook));
        self
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// True if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Registers those that take part, in order; the deferred ones are only announced.
    pub fn register(&self, services: &mut ContainerBuilder) {
        let mut active = Vec::with_capacity(self.list.len());
        for (_, provider) in &self.list {
            let config = services.config_values();
            if !takes_part(provider.as_ref(), services.current_environment(), config.as_deref()) {
                continue;
            }
            let keys = provider.provides();
            services.registered_by(provider.name(), |services| {
                if keys.is_empty() {
                    provider.register(services);
                    active.push(Arc::clone(provider));
                } else {
                    services.defer(provider, keys);
                }
            });
        }
        *self.active.lock().unwrap_or_else(PoisonError::into_inner) = active;
    }

    /// The commands of those that take part in an environment, before any is registered.
    #[must_use]
    pub fn commands(&self, environment: &str, config: Option<&dyn ConfigValues>) -> Vec<Command> {
        let providers = self.list.iter().map(|(_, provider)| provider);
        providers
            .filter(|provider| takes_part(provider.as_ref(), environment, config))
            .flat_map(|provider| provider.commands())
            .collect()
    }

    /// Boots those that take part, in order, then the deferred ones that were needed so far. If any
    /// fails, those that did boot are shut down again.
    ///
    /// # Errors
    /// All that have failed, by their names.
    pub async fn boot(&self, container: &Container) -> Result<(), BootErrors> {
        self.before_boot.iter().for_each(|hook| hook(container));
        let mut errors = BootErrors::new();
        let active = self.active.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for provider in active {
            match provider.boot(container).await {
                Ok(()) => self.note_booted(provider),
                Err(error) => errors.push(format_args!("provider {}: {error}", provider.name())),
            }
        }
        // One that boots may need another, which then stands behind it.
        let mut next = 0;
        while let Some(deferred) = container.loaded().get(next) {
            next += 1;
            if let Err(error) = deferred.boot(container).await {
                let name = deferred.provider.name();
                errors.push(format_args!("provider {name}: {error}"));
            }
        }
        if let Err(errors) = errors.into_result() {
            self.shut_down(container, std::future::pending::<()>()).await;
            return Err(errors);
        }
        container.seal();
        self.after_boot.iter().for_each(|hook| hook(container));
        Ok(())
    }

    /// Shuts down those that have booted, in reverse. After the deadline nobody is waited for; the names
    /// of those that were not done are given back.
    pub async fn shut_down<D>(&self, container: &Container, deadline: D) -> Vec<&'static str>
    where
        D: Future<Output = ()>,
    {
        let mut deadline = pin!(deadline);
        let mut is_over = false;
        let mut late = Vec::new();
        for provider in self.take_booted(container).into_iter().rev() {
            let mut shutdown = provider.shutdown(container);
            let is_done = std::future::poll_fn(|cx| {
                if shutdown.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(true);
                }
                is_over = is_over || deadline.as_mut().poll(cx).is_ready();
                if is_over { Poll::Ready(false) } else { Poll::Pending }
            })
            .await;
            if !is_done {
                late.push(provider.name());
            }
        }
        late
    }

    fn note_booted(&self, provider: Arc<dyn ServiceProvider>) {
        self.booted.lock().unwrap_or_else(PoisonError::into_inner).push(provider);
    }

    /// In order of boot; the deferred ones came later.
    fn take_booted(&self, container: &Container) -> Vec<Arc<dyn ServiceProvider>> {
        let mut booted = {
            let mut booted = self.booted.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *booted)
        };
        let deferred = container.loaded();
        let deferred = deferred.iter().filter(|deferred| deferred.is_booted());
        booted.extend(deferred.map(|deferred| Arc::clone(&deferred.provider)));
        booted
    }
}

impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.list.iter().map(|(_, provider)| provider)).finish()
    }
}

fn takes_part(
    provider: &dyn ServiceProvider,
    environment: &str,
    config: Option<&dyn ConfigValues>,
) -> bool {
    let environments = provider.environments();
    (environments.is_empty() || environments.contains(&environment)) && provider.is_enabled(config)
}
