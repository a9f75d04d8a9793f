//! What is needed to build something, known without building it.

use std::fmt;
use std::str::FromStr;

use crate::{ContainerError, Resolver, ServiceKey};

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
    Value { name: &'static str, config: Option<ConfigKey>, has_default: bool },
}

/// Where a value stands in the configuration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConfigKey {
    pub(crate) key: &'static str,
    /// Whether it is set; an error if it is set to something of another type.
    pub(crate) is_set: fn(&Resolver<'_>, &str) -> Result<bool, ContainerError>,
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

    /// A value by the name of its parameter.
    pub fn value(&mut self, name: &'static str, has_default: bool) {
        self.0.push(Need::Value { name, config: None, has_default });
    }

    /// A value by the name of its parameter, with the configuration key that it is read from.
    pub fn config_value<T>(&mut self, name: &'static str, key: &'static str, has_default: bool)
    where
        T: FromStr<Err: fmt::Display>,
    {
        let is_set = |resolver: &Resolver<'_>, key: &str| Ok(resolver.config::<T>(key)?.is_some());
        self.0.push(Need::Value { name, config: Some(ConfigKey { key, is_set }), has_default });
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Need> {
        self.0.iter()
    }

    pub(crate) fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }
}
