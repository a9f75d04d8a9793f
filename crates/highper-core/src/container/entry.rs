//! One binding: how a service is made, how long it lives, and the one that was made.

use std::any::Any;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use super::deferred::Deferred;
use super::graph::Problem;
use super::needs::Needs;
use crate::{BoxError, BoxFuture, Resolver, ServiceKey};

/// How long a service lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// Made anew each time that it is asked for.
    Transient,
    /// Made once for each [`Scope`](crate::Scope): for each request, for each job.
    Scoped,
    /// Made once for the container.
    Singleton,
}

/// Holds an `Arc<T>`, so that `T` may be a trait object; shared, so that it can be handed on untyped.
pub(crate) type Value = Arc<dyn Any + Send + Sync>;

pub(crate) type FactoryFn =
    Arc<dyn Fn(&Resolver<'_>) -> Result<Value, BoxError> + Send + Sync + 'static>;

pub(crate) type Extender =
    Arc<dyn Fn(Value, &Resolver<'_>) -> Result<Value, BoxError> + Send + Sync + 'static>;

pub(crate) type Disposer = Arc<dyn Fn(&Value) -> BoxFuture<'static, ()> + Send + Sync + 'static>;

/// What a binding gives.
#[derive(Clone)]
pub(crate) enum Recipe {
    Factory(FactoryFn),
    /// A value that was bound as it is.
    Instance(Value),
    /// What another binding gives, seen as a trait; it lives as long as that.
    Exposed(FactoryFn, ServiceKey),
    /// What a provider will bind once it is registered.
    Deferred(Arc<Deferred>),
}

/// One binding, frozen. Shared by a container and its forks for as long as none of them changes it.
pub(crate) struct Entry {
    pub(crate) id: u64,
    pub(crate) key: ServiceKey,
    pub(crate) recipe: Recipe,
    pub(crate) lifetime: Lifetime,
    /// Built when first asked for instead of at boot.
    pub(crate) is_lazy: bool,
    pub(crate) needs: Needs,
    pub(crate) provider: Option<&'static str>,
    pub(crate) extenders: Vec<Extender>,
    pub(crate) disposer: Option<Disposer>,
    /// What was built by an earlier container, and how many of the extenders it has been through.
    pub(crate) seed: Option<(Value, usize)>,
    /// The singleton.
    pub(crate) cell: OnceLock<Value>,
    pub(crate) is_resolved: AtomicBool,
    pub(crate) broken: OnceLock<Broken>,
}

/// Why a service can never be built: boot has found it out.
pub(crate) struct Broken {
    pub(crate) problem: Arc<Problem>,
    /// From the problem to this service: `, needed by B, needed by A`.
    pub(crate) path: String,
}

impl Entry {
    /// A binding with nothing but its recipe.
    pub(crate) fn new(key: ServiceKey, recipe: Recipe, lifetime: Lifetime, needs: Needs) -> Self {
        Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            key,
            recipe,
            lifetime,
            is_lazy: false,
            needs,
            provider: None,
            extenders: Vec::new(),
            disposer: None,
            seed: None,
            cell: OnceLock::new(),
            is_resolved: AtomicBool::new(false),
            broken: OnceLock::new(),
        }
    }

    /// The same binding, not built: to be changed.
    pub(crate) fn anew(&self) -> Self {
        Self {
            is_lazy: self.is_lazy,
            provider: self.provider,
            extenders: self.extenders.clone(),
            disposer: self.disposer.clone(),
            ..Self::new(self.key.clone(), self.recipe.clone(), self.lifetime, self.needs.clone())
        }
    }

    /// True if one was made, or given as it is.
    pub(crate) fn is_resolved(&self) -> bool {
        matches!(self.recipe, Recipe::Instance(_))
            || self.cell.get().is_some()
            || self.is_resolved.load(Ordering::Relaxed)
    }

    /// How many extenders the value has been through that building begins with, and the value.
    pub(crate) fn start(&self) -> Option<(Value, usize)> {
        match (&self.seed, &self.recipe) {
            (Some(seed), _) => Some(seed.clone()),
            (None, Recipe::Instance(value)) => Some((Arc::clone(value), 0)),
            _ => None,
        }
    }
}

/// One for each binding of the process, so that forks of a container know each other's.
static NEXT_ID: AtomicU64 = AtomicU64::new(1);
