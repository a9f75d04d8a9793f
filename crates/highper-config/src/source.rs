//! What values are read from.

use std::collections::BTreeMap;
use std::fmt;

use highper_core::BootErrors;

use crate::Origin;
use crate::node::{Node, Table, Value, insert, path_of};

/// Something that values are read from: files, variables, arguments, a vault.
///
/// It is read once, when the configuration is built. Later sources win over earlier ones.
///
/// # Example
/// ```
/// use highper_config::{Config, ConfigSource, Layer, Origin};
///
/// #[derive(Debug)]
/// struct Vault;
///
/// impl ConfigSource for Vault {
///     fn read(&self, layer: &mut Layer) {
///         layer.set("database.password", "hunter2", Origin::Other("vault: shop".into()));
///     }
/// }
///
/// let config = Config::builder().source(Vault).build()?;
/// assert_eq!(config.show().to_string(), "database.password = ***  # vault: shop\n");
/// # Ok::<(), highper_core::BootErrors>(())
/// ```
pub trait ConfigSource: fmt::Debug + Send + Sync + 'static {
    /// Adds its values to the layer, and what is wrong with it.
    fn read(&self, layer: &mut Layer);
}

/// The values of one source. `Debug` shows no values.
#[derive(Default)]
pub struct Layer {
    pub(crate) keys: Table,
    pub(crate) variables: BTreeMap<String, Node>,
    pub(crate) errors: BootErrors,
}

impl Layer {
    /// A value for a key, as `database.url`. As text: it becomes the type that is asked for. A key that
    /// is none, or that has more than 16 levels, is a problem.
    pub fn set(&mut self, key: &str, value: impl Into<String>, origin: Origin) {
        match path_of(key) {
            Some(path) if path.len() > 1 => {
                insert(&mut self.keys, &path, Node::new(Value::Text(value.into()), origin));
            }
            _ => self.problem(format_args!(
                "`{}` is no key ({origin}): write a section, a dot and a name, as `database.url`",
                key.escape_debug()
            )),
        }
    }

    /// A value for whatever key the variable is for, as `DATABASE_URL`.
    pub fn variable(&mut self, name: &str, value: impl Into<String>, origin: Origin) {
        self.variables.insert(name.to_owned(), Node::new(Value::Text(value.into()), origin));
    }

    /// Something that is wrong with the source: what, where, and what to do. The configuration is not
    /// built, and tells all of them.
    pub fn problem(&mut self, problem: impl fmt::Display) {
        self.errors.push(problem);
    }
}

impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Layer({} sections, {} variables)", self.keys.len(), self.variables.len())
    }
}
