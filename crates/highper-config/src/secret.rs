//! A value that is never shown.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroize;

use crate::mask::MASK;

/// A value that is never shown: a password, a token, a key.
///
/// Its `Debug` is a mask, there is no `Display`, it is serialised as the mask, and its memory is
/// overwritten when it is dropped. That goes for this value; the environment and the files from which
/// it was read are what they are, and so is the [`Config`](crate::Config) that has read them.
///
/// # Example
/// ```
/// # use highper_config::Secret;
/// let password = Secret::new("hunter2".to_owned());
/// assert_eq!(format!("{password:?}"), "***");
/// assert_eq!(password.expose(), "hunter2");
/// ```
#[derive(Clone)]
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Keeps a value from being shown.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for whoever needs it: say so in as few places as possible.
    #[must_use]
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl<T: Zeroize> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Zeroize> Serialize for Secret<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

impl<'de, T: Zeroize + Deserialize<'de>> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(std::marker::PhantomData<T>);

        impl<'de, T: Zeroize + Deserialize<'de>> serde::de::Visitor<'de> for Visitor<T> {
            type Value = Secret<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a secret")
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(
                self,
                deserializer: D,
            ) -> Result<Secret<T>, D::Error> {
                T::deserialize(deserializer).map(Secret)
            }
        }

        deserializer.deserialize_newtype_struct(SECRET, Visitor(std::marker::PhantomData))
    }
}

/// The name by which our deserializer knows a secret; to others it means nothing.
pub(crate) const SECRET: &str = "$highper_config::Secret";

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Serialize, Deserialize)]
    struct Database {
        password: Secret<String>,
    }

    #[test]
    fn a_secret_is_in_no_output() {
        let database: Database = serde_json::from_str(r#"{"password":"hunter2"}"#).unwrap();
        assert_eq!(database.password.expose(), "hunter2");
        assert_eq!(format!("{database:?}"), "Database { password: *** }");
        assert_eq!(serde_json::to_string(&database).unwrap(), r#"{"password":"***"}"#);
    }

    #[test]
    fn a_secret_is_overwritten_when_it_is_dropped() {
        use std::sync::atomic::{AtomicBool, Ordering};
        static OVERWRITTEN: AtomicBool = AtomicBool::new(false);
        struct Witness;
        impl Zeroize for Witness {
            fn zeroize(&mut self) {
                OVERWRITTEN.store(true, Ordering::Relaxed);
            }
        }
        drop(Secret::new(Witness));
        assert!(OVERWRITTEN.load(Ordering::Relaxed));
    }
}
