//! What is needed to build something, known without building it.

use crate::ServiceKey;

/// What is needed to build something, known without building it: the arguments of a factory, the fields
/// of a struct with `#[derive(Inject)]`. Boot walks it.
#[derive(Clone, Debug, Default)]
pub struct Needs(Vec<Need>);

#[derive(Clone, Debug)]
pub(crate) enum Need {
    /// Has to be bound and built before.
    Service(ServiceKey),
    /// Built before if it is bound.
    Optional(ServiceKey),
    /// Has to be bound; built later, if at all.
    Later(ServiceKey),
    /// A value that has a name: given in context, or a configuration value, or a default.
    Value { name: &'static str, config: Option<&'static str>, has_default: bool },
}

impl Needs {
    /// A service, by its type.
    pub fn service<T: ?Sized + 'static>(&mut self) {
        self.0.push(Need::Service(ServiceKey::of::<T>()));
    }

    /// A service, by its name.
    pub fn named(&mut self, name: &'static str) {
        self.0.push(Need::Service(ServiceKey::named(name)));
    }

    /// A service that is left out where it is not bound.
    pub fn optional<T: ?Sized + 'static>(&mut self) {
        self.0.push(Need::Optional(ServiceKey::of::<T>()));
    }

    /// A service that is made later.
    pub fn later<T: ?Sized + 'static>(&mut self) {
        self.0.push(Need::Later(ServiceKey::of::<T>()));
    }

    /// A value by the name of its parameter, with the configuration key that it is read from.
    pub fn value(&mut self, name: &'static str, config: Option<&'static str>, has_default: bool) {
        self.0.push(Need::Value { name, config, has_default });
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Need> {
        self.0.iter()
    }

    pub(crate) fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }
}
