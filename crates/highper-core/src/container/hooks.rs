//! What runs around the making of services.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::Arc;

use super::entry::Value;
use crate::ServiceKey;

type BeforeHook = Arc<dyn Fn(&ServiceKey) + Send + Sync>;
type TypeHook = Arc<dyn Fn(&Value) + Send + Sync>;

/// In the order in which they run: those for every service, then those of its type.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    pub(crate) before_any: Vec<BeforeHook>,
    pub(crate) before: HashMap<TypeId, Vec<BeforeHook>>,
    pub(crate) resolving_any: Vec<BeforeHook>,
    pub(crate) resolving: HashMap<TypeId, Vec<TypeHook>>,
    pub(crate) after_any: Vec<BeforeHook>,
    pub(crate) after: HashMap<TypeId, Vec<TypeHook>>,
    pub(crate) rebinding: HashMap<ServiceKey, Vec<TypeHook>>,
}

impl Hooks {
    pub(crate) fn before(&self, key: &ServiceKey) {
        self.before_any.iter().for_each(|hook| hook(key));
        let own = key.type_id().and_then(|id| self.before.get(&id));
        own.into_iter().flatten().for_each(|hook| hook(key));
    }

    /// A service with a name is told by its type: each hook looks at the value itself.
    pub(crate) fn after(&self, key: &ServiceKey, value: &Value) {
        self.resolving_any.iter().for_each(|hook| hook(key));
        run(&self.resolving, value);
        self.after_any.iter().for_each(|hook| hook(key));
        run(&self.after, value);
    }
}

/// The hooks of the value's type: the map is by `Arc<T>`, which is what values hold.
fn run(hooks: &HashMap<TypeId, Vec<TypeHook>>, value: &Value) {
    if hooks.is_empty() {
        return;
    }
    let of_type = hooks.get(&(**value).type_id());
    of_type.into_iter().flatten().for_each(|hook| hook(value));
}

/// A hook for the services of a type.
pub(crate) fn of_type<T: ?Sized + Send + Sync + 'static>(
    hook: impl Fn(&Arc<T>) + Send + Sync + 'static,
) -> TypeHook {
    Arc::new(move |value| {
        if let Some(service) = value.downcast_ref::<Arc<T>>() {
            hook(service);
        }
    })
}
