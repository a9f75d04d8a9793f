//! The frozen tables of a container.

use std::any::TypeId;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::builds::Builds;
use super::deferred::Deferred;
use super::entry::{Entry, Extender, Value};
use super::error::{ADVICE, ContainerError, Kind};
use super::graph::similar;
use super::hooks::Hooks;
use super::key::ByTypeId;
use super::needs::Needs;
use super::scope::DisposeWith;
use super::tags::{Member, TagKey};
use crate::{BoxError, Resolver, ServiceKey};

/// The frozen tables of a container.
#[derive(Default)]
pub(crate) struct Inner {
    /// In the order in which they were bound.
    pub(crate) entries: Vec<Arc<Entry>>,
    pub(crate) types: HashMap<TypeId, Arc<Entry>, ByTypeId>,
    /// Names and aliases.
    pub(crate) names: HashMap<Cow<'static, str>, Arc<Entry>>,
    pub(crate) aliases: HashMap<Cow<'static, str>, ServiceKey>,
    /// By consumer, then by what it needs.
    pub(crate) contextual: HashMap<ServiceKey, HashMap<ServiceKey, Arc<Entry>>>,
    pub(crate) values: HashMap<ServiceKey, HashMap<Cow<'static, str>, Giver>>,
    pub(crate) tags: HashMap<TagKey, Vec<Member>>,
    pub(crate) extenders: HashMap<ServiceKey, Vec<(Extender, Needs)>>,
    pub(crate) hooks: Hooks,
    pub(crate) builds: Arc<Builds>,
    pub(crate) dispose_with: Option<DisposeWith>,
    pub(crate) environment: Cow<'static, str>,
    /// The container that was started, where this one only adds what a deferred provider binds.
    pub(crate) root: Option<Weak<Self>>,
    pub(crate) is_sealed: AtomicBool,
    /// Deferred providers that were registered, in that order.
    pub(crate) loaded: Mutex<Vec<Arc<Deferred>>>,
}

/// Gives the value of a parameter in context.
#[derive(Clone)]
pub(crate) struct Giver {
    pub(crate) make: GiveFn,
    /// The configuration key that it comes from.
    pub(crate) config: Option<&'static str>,
}

pub(crate) type GiveFn =
    Arc<dyn Fn(&Resolver<'_>) -> Result<Option<Value>, BoxError> + Send + Sync>;

impl Inner {
    /// The binding of a key, of an alias also.
    #[inline]
    pub(crate) fn find(&self, key: &ServiceKey) -> Option<&Arc<Entry>> {
        match key.type_id() {
            Some(id) => self.types.get(&id),
            None => self.names.get(key.as_str()),
        }
    }

    /// The binding of a key for what is being built: the one in its context goes first.
    pub(crate) fn binding_for(
        &self,
        consumer: Option<&Entry>,
        key: &ServiceKey,
    ) -> Option<&Arc<Entry>> {
        let bound = self.find(key);
        consumer
            .and_then(|consumer| self.contextual.get(&consumer.key))
            .and_then(|given| {
                let canonical = bound.map_or(key, |entry| &entry.key);
                given.get(canonical).or_else(|| given.get(key))
            })
            .or(bound)
    }

    pub(crate) fn giver(&self, consumer: &ServiceKey, name: &str) -> Option<&Giver> {
        self.values.get(consumer)?.get(name)
    }

    pub(crate) fn value_for(&self, consumer: &ServiceKey, name: &str) -> Option<&GiveFn> {
        self.giver(consumer, name).map(|giver| &giver.make)
    }

    pub(crate) fn members(&self, tag: &str, of: TypeId) -> Arc<[Member]> {
        let key = (Cow::Owned(tag.to_owned()), of);
        self.tags.get(&key).map_or_else(|| Arc::from([]), |members| Arc::from(members.as_slice()))
    }

    /// The error for what nobody has bound; `needed_by` is the path to it.
    pub(crate) fn not_found(&self, key: &ServiceKey, needed_by: &str) -> ContainerError {
        let hint = similar(key, self.entries.iter().map(|entry| &entry.key));
        let message = format!("no `{key}` in the container{needed_by}: {ADVICE}{hint}");
        ContainerError::new(Kind::NotFound, key, message)
    }

    /// The container that was started.
    pub(crate) fn root(self: &Arc<Self>) -> Option<Arc<Self>> {
        match &self.root {
            Some(root) => root.upgrade(),
            None => Some(Arc::clone(self)),
        }
    }

    pub(crate) fn seal(&self) {
        self.is_sealed.store(true, Ordering::Release);
    }

    pub(crate) fn note_loaded(&self, deferred: &Arc<Deferred>) {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        loaded.push(Arc::clone(deferred));
    }

    pub(crate) fn loaded(&self) -> Vec<Arc<Deferred>> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The error of a factory that has outlived its container.
pub(crate) fn gone(key: &ServiceKey) -> ContainerError {
    let message = format!("`{key}` was asked for after its container or its scope had ended");
    ContainerError::new(Kind::Refused, key, message)
}
