//! What a service is bound under: its type, or a name.

use std::any::{TypeId, type_name};
use std::borrow::Cow;
use std::fmt;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// What a service is bound under: its type, or a name. The two never meet.
///
/// # Example
/// ```
/// # use highper_core::ServiceKey;
/// assert_eq!(ServiceKey::of::<u8>().to_string(), "u8");
/// assert_ne!(ServiceKey::of::<u8>(), ServiceKey::named("u8"));
/// ```
#[derive(Clone)]
pub struct ServiceKey(Kind);

#[derive(Clone)]
enum Kind {
    Type(TypeId, &'static str),
    Name(Cow<'static, str>),
}

impl ServiceKey {
    /// The key of a type, which may be a trait object.
    #[must_use]
    pub fn of<T: ?Sized + 'static>() -> Self {
        Self(Kind::Type(TypeId::of::<T>(), type_name::<T>()))
    }

    /// The key of a name.
    #[must_use]
    pub fn named(name: impl Into<Cow<'static, str>>) -> Self {
        Self(Kind::Name(name.into()))
    }

    /// The type or the name, for messages.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Kind::Type(_, name) => name,
            Kind::Name(name) => name,
        }
    }

    pub(crate) fn type_id(&self) -> Option<TypeId> {
        match self.0 {
            Kind::Type(id, _) => Some(id),
            Kind::Name(_) => None,
        }
    }
}

/// A name.
impl From<&'static str> for ServiceKey {
    fn from(name: &'static str) -> Self {
        Self::named(name)
    }
}

impl PartialEq for ServiceKey {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Kind::Type(one, _), Kind::Type(other, _)) => one == other,
            (Kind::Name(one), Kind::Name(other)) => one == other,
            _ => false,
        }
    }
}

impl Eq for ServiceKey {}

impl Hash for ServiceKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Kind::Type(id, _) => id.hash(state),
            Kind::Name(name) => name.hash(state),
        }
    }
}

impl fmt::Display for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}

/// A `TypeId` is a hash already: its own bits are taken.
#[derive(Default)]
pub(crate) struct TypeIdHasher(u64);

pub(crate) type ByTypeId = BuildHasherDefault<TypeIdHasher>;

impl Hasher for TypeIdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, bits: u64) {
        self.0 = bits;
    }

    /// Not what `TypeId` calls today; right all the same if that changes.
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
}
