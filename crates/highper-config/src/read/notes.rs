//! What is found out while a section is read.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::placeholder::PLACEHOLDERS;
use crate::keys::Keys;
use crate::mask::{MASK, masked};
use crate::naming::Naming;
use crate::node::{Node, Value};

/// Problems by key, and what was looked at. Keys are whole: `database.pool.size`.
pub(crate) struct Notes {
    pub(super) naming: Naming,
    pub(crate) problems: RefCell<BTreeMap<String, String>>,
    /// Which placeholder stands at a key; past the last one the key is passed over.
    placeholders: RefCell<BTreeMap<String, usize>>,
    pub(crate) used: RefCell<Keys>,
    pub(crate) secrets: RefCell<Keys>,
}

/// What is put at a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instead {
    /// The value itself.
    Nothing,
    Placeholder(usize),
    /// No placeholder fits: the key is passed over.
    Absent,
}

impl Notes {
    pub(super) fn new(naming: Naming) -> Self {
        Self {
            naming,
            problems: RefCell::default(),
            placeholders: RefCell::default(),
            used: RefCell::default(),
            secrets: RefCell::default(),
        }
    }

    /// True if no placeholder is in the value.
    pub(super) fn is_whole(&self) -> bool {
        self.placeholders.borrow().is_empty()
    }

    /// Notes a problem, and has something else stand at its key from now on. False if everything was
    /// tried there.
    pub(super) fn note(&self, path: String, problem: String) -> bool {
        let mut placeholders = self.placeholders.borrow_mut();
        match placeholders.get_mut(&path) {
            Some(tried) if *tried >= PLACEHOLDERS.len() => false,
            Some(tried) => {
                *tried += 1;
                true
            }
            None => {
                self.problems.borrow_mut().entry(path.clone()).or_insert(problem);
                placeholders.insert(path, 0);
                true
            }
        }
    }

    /// Notes a problem that does not keep the value from being read.
    pub(super) fn mention(&self, path: &str, problem: impl FnOnce() -> String) {
        self.problems.borrow_mut().entry(path.to_owned()).or_insert_with(problem);
    }

    pub(super) fn instead(&self, path: &str) -> Instead {
        match self.placeholders.borrow().get(path) {
            None => Instead::Nothing,
            Some(index) if *index < PLACEHOLDERS.len() => Instead::Placeholder(*index),
            Some(_) => Instead::Absent,
        }
    }

    /// The value as a message shows it.
    pub(super) fn shown(&self, path: &str, node: &Node) -> String {
        let text = match &node.value {
            Value::Table(_) => return "a table".to_owned(),
            Value::Array(_) => return "an array".to_owned(),
            Value::NotUnicode => return "bytes that are not UTF-8".to_owned(),
            Value::Text(text) | Value::String(text) => text.clone(),
            Value::Integer(integer) => integer.to_string(),
            Value::Float(float) => float.to_string(),
            Value::Boolean(boolean) => boolean.to_string(),
        };
        match self.is_secret(path) {
            true => format!("`{MASK}`"),
            false => format!("`{}`", masked(path, &text).escape_debug()),
        }
    }

    /// True if the type says that the value is a secret, one above it or a part of it.
    pub(super) fn is_secret(&self, path: &str) -> bool {
        self.secrets.borrow().touches(path)
    }
}
