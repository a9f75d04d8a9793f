//! The configuration as what the container takes values from.

use highper_core::ConfigValues;

use crate::Config;
use crate::node::{Node, Value};

/// The values of single keys as texts, for fields with `#[inject(config = "app.name")]`. A list is its
/// values with commas between them; a table has no text.
///
/// # Example
/// ```
/// use highper_config::{Config, Toml};
/// use highper_core::ConfigValues;
///
/// let config = Config::builder().source(Toml::defaults("[app]\nname = 'Shop'\ntags = [1, 2]"));
/// let config = config.build()?;
/// assert_eq!(config.value("app.name").as_deref(), Some("Shop"));
/// assert_eq!(config.value("app.tags").as_deref(), Some("1,2"));
/// assert_eq!(config.value("app.motto"), None);
/// # Ok::<(), highper_core::BootErrors>(())
/// ```
impl ConfigValues for Config {
    fn value(&self, key: &str) -> Option<String> {
        self.at(key).as_ref().and_then(text)
    }
}

fn text(node: &Node) -> Option<String> {
    Some(match &node.value {
        Value::Text(text) | Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(is_on) => is_on.to_string(),
        Value::Array(nodes) => nodes.iter().filter_map(text).collect::<Vec<_>>().join(","),
        Value::Table(_) | Value::NotUnicode => return None,
    })
}
