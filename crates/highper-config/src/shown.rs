//! What is in effect, to be looked at.

use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::Origin;
use crate::keys::Keys;
use crate::mask::{MASK, masked};
use crate::node::{Node, Value};

/// A configuration to be looked at: its `Display` is a line for each value, serialised it is a list of
/// [`Row`]s.
///
/// # Example
/// ```
/// # use highper_config::{Config, Toml};
/// let text = "[mail]\nfrom = 'a@b'\npassword = 'hunter2'";
/// let config = Config::builder().source(Toml::defaults(text)).build()?;
/// let shown = config.show();
/// assert_eq!(shown.to_string(), "mail.from     = a@b  # default\nmail.password = ***  # default\n");
/// assert_eq!(
///     serde_json::to_string(shown.rows()).unwrap(),
///     r#"[{"key":"mail.from","value":"a@b","source":"default"},{"key":"mail.password","value":"***","source":"default"}]"#
/// );
/// # Ok::<(), highper_core::BootErrors>(())
/// ```
#[derive(Debug)]
pub struct Shown {
    rows: Vec<Row>,
    known: Keys,
    secrets: Keys,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// As `database.url`.
    pub key: String,
    /// Masked, without control characters.
    pub value: String,
    /// Serialised as it is shown: `config/app.toml:12`.
    pub source: Origin,
}

impl Shown {
    /// Shows variables of known keys only.
    pub(crate) fn new(known: Keys, secrets: Keys) -> Self {
        Self { rows: Vec::new(), known, secrets }
    }

    /// The values in order of their keys, each section after the other.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub(crate) fn add(&mut self, key: &str, node: &Node) {
        if let Value::Table(table) = &node.value {
            for (name, node) in table {
                self.add(&format!("{key}.{name}"), node);
            }
        } else if !node.may_be_unknown() || self.known.contains(key) {
            let value = match self.secrets.touches(key) {
                true => MASK.to_owned(),
                false => text(key, node).escape_debug().to_string(),
            };
            let source = node.origin.clone();
            self.rows.push(Row { key: key.to_owned(), value, source });
        }
    }
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.rows.serialize(serializer)
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_struct("Row", 3)?;
        row.serialize_field("key", &self.key)?;
        row.serialize_field("value", &self.value)?;
        row.serialize_field("source", &self.source.to_string())?;
        row.end()
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widest = |text: fn(&Row) -> &str| {
            let widths = self.rows.iter().map(|row| text(row).chars().count());
            widths.filter(|width| *width <= MAX_COLUMN).max().unwrap_or_default()
        };
        let (keys, values) = (widest(|row| &row.key), widest(|row| &row.value));
        self.rows.iter().try_for_each(|Row { key, value, source }| {
            writeln!(f, "{key:keys$} = {value:values$}  # {source}")
        })
    }
}

fn text(key: &str, node: &Node) -> String {
    match &node.value {
        Value::Text(text) | Value::String(text) => masked(key, text).into_owned(),
        Value::NotUnicode => "(not UTF-8)".to_owned(),
        Value::Integer(integer) => masked(key, &integer.to_string()).into_owned(),
        Value::Float(float) => masked(key, &float.to_string()).into_owned(),
        Value::Boolean(boolean) => boolean.to_string(),
        Value::Array(nodes) => {
            let elements: Vec<_> = nodes.iter().map(|node| text(key, node)).collect();
            format!("[{}]", elements.join(", "))
        }
        Value::Table(table) => {
            let entry = |(name, node): (&String, &Node)| {
                format!("{name} = {}", text(&format!("{key}.{name}"), node))
            };
            format!("{{{}}}", table.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}

/// Wider values do not push the sources of all others away.
const MAX_COLUMN: usize = 60;
