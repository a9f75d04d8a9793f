//! A set of keys.

use std::collections::BTreeSet;

/// A set of keys, in which `-` and `_` are one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys(BTreeSet<String>);

impl Keys {
    pub(crate) fn insert(&mut self, key: &str) {
        self.0.insert(plain(key));
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(crate) fn contains(&self, key: &str) -> bool {
        self.0.contains(&plain(key))
    }

    /// True if the key, one above it or one below it is in the set.
    pub(crate) fn touches(&self, key: &str) -> bool {
        let key = plain(key);
        let mut above = Some(key.as_str());
        while let Some(path) = above {
            if self.0.contains(path) {
                return true;
            }
            above = path.rsplit_once('.').map(|(above, _)| above);
        }
        let below = format!("{key}.");
        self.0.range(below.clone()..).next().is_some_and(|key| key.starts_with(&below))
    }
}

fn plain(key: &str) -> String {
    key.replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_touches_those_above_and_below_it() {
        let mut keys = Keys::default();
        keys.insert("a.b-c.d");
        for key in ["a", "a.b_c", "a.b-c.d", "a.b-c.d.0"] {
            assert!(keys.touches(key), "{key}");
        }
        for key in ["b", "a.b", "a.b-c.e"] {
            assert!(!keys.touches(key), "{key}");
        }
        assert!(keys.contains("a.b_c.d") && !keys.contains("a"));
    }
}
