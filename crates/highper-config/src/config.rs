//! The configuration, once it was read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use highper_core::BootErrors;
use serde::de::DeserializeOwned;

use crate::keys::Keys;
use crate::naming::Naming;
use crate::node::{Node, Table, Value, find, is_name, is_same_name, merge, path_of};
use crate::project::DEFAULT_ENVIRONMENT;
use crate::read::read;
use crate::suggest::hint;
use crate::{Arguments, ConfigBuilder, Environment, Layer, Origin, Shown};

/// Values from several sources, each with its source; cheap to clone. `Debug` shows no values.
///
/// # Example
/// ```
/// use highper_config::{Config, Secret, Toml};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Database {
///     url: Secret<String>,
///     #[serde(default)]
///     pool_size: u16,
/// }
///
/// let config = Config::builder()
///     .source(Toml::defaults("[database]\nurl = 'sqlite:shop.db'\npool_size = 8"))
///     .build()?;
/// let database: Database = config.section("database")?;
/// assert_eq!(database.url.expose(), "sqlite:shop.db");
/// assert_eq!(database.pool_size, 8);
/// # Ok::<(), highper_core::BootErrors>(())
/// ```
#[derive(Clone)]
pub struct Config(Arc<Inner>);

struct Inner {
    layers: Vec<Layer>,
    naming: Naming,
    environment: String,
    seen: Mutex<Seen>,
}

/// What was asked for until now.
#[derive(Default)]
struct Seen {
    /// The problems of each section.
    sections: BTreeMap<String, Vec<String>>,
    used: Keys,
    secrets: Keys,
}

impl Config {
    /// A configuration without a source.
    #[must_use]
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder::default()
    }

    /// The configuration of the project in a folder, with the environment and the arguments of this
    /// process; see [`ConfigBuilder::project`].
    ///
    /// # Errors
    /// Everything that is wrong with the files and the arguments, at once.
    pub fn of_project(root: impl Into<PathBuf>) -> Result<Self, BootErrors> {
        let (environment, arguments) =
            (Environment::of_this_process(), Arguments::of_this_process());
        Self::builder().project(root, environment, arguments).build()
    }

    pub(crate) fn new(layers: Vec<Layer>, naming: Naming, environment: String) -> Self {
        Self(Arc::new(Inner { layers, naming, environment, seen: Mutex::default() }))
    }

    /// The name of the environment, as `production`, which it is unless something else is said.
    #[must_use]
    pub fn environment(&self) -> &str {
        &self.0.environment
    }

    /// A section as a type. A section that is nowhere is an empty one.
    ///
    /// A key's variable is the section's name, `_` and the rest in upper case: `DATABASE_POOL_SIZE` is
    /// `pool_size` of `database`; a further level has `__`. `-` and `_` are one in names. The text of a
    /// variable becomes a number, a truth value or a list (`a,b`) if that is asked for, and with an
    /// `Option` an empty one is none; the values in TOML have the types that they have.
    ///
    /// # Errors
    /// Everything that is wrong with the section, a line each with its source: wrong types, missing
    /// values, unknown keys (but for variables that only happen to begin with the section's name).
    /// Values of secrets are in no line. [`check`](Self::check) tells them again, with all others.
    pub fn section<T: DeserializeOwned>(&self, name: &str) -> Result<T, BootErrors> {
        match self.section_with_problems(name) {
            (Some(value), problems) => problems.into_result().map(|()| value),
            (None, problems) => Err(problems),
        }
    }

    /// [`section`](Self::section), for whoever goes on to look for problems in the value: unknown keys
    /// alone do not keep it from being made.
    #[must_use]
    pub fn section_with_problems<T: DeserializeOwned>(
        &self,
        name: &str,
    ) -> (Option<T>, BootErrors) {
        if !is_name(name) {
            return (None, told(&[format!("`{}` is no name of a section", name.escape_debug())]));
        }
        let (value, notes) = read(&self.merged(name), name, self.0.naming.clone());
        let problems: Vec<_> = notes.problems.into_inner().into_values().collect();
        let errors = told(&problems);
        let mut seen = self.seen();
        seen.used.extend(notes.used.into_inner());
        seen.secrets.extend(notes.secrets.into_inner());
        seen.sections.insert(name.to_owned(), problems);
        (value, errors)
    }

    /// Looks at everything that was read: call it after all sections were asked for.
    ///
    /// # Errors
    /// The problems of all sections, and sections of files and arguments that nobody has asked for.
    ///
    /// # Example
    /// ```
    /// # use highper_config::{Config, Toml};
    /// # #[derive(Debug, serde::Deserialize)] struct Database { url: String }
    /// # #[derive(Debug, serde::Deserialize)] struct Mail { from: String }
    /// # let file = std::env::temp_dir().join(format!("highper-check-{}.toml", std::process::id()));
    /// # std::fs::write(&file, "[databse]\nurl = 'x'\n[mail]\nform = 'a'").unwrap();
    /// let config = Config::builder().source(Toml::file(&file)).build()?;
    /// let database = config.section::<Database>("database");
    /// let mail = config.section::<Mail>("mail");
    /// let errors = config.check().unwrap_err().to_string();
    /// assert!(errors.contains("database.url is missing"));
    /// assert!(errors.contains("mail.form is not known"));
    /// assert!(errors.contains("did you mean `database`?"));
    /// # std::fs::remove_file(&file).unwrap();
    /// # Ok::<(), highper_core::BootErrors>(())
    /// ```
    pub fn check(&self) -> Result<(), BootErrors> {
        let seen = self.seen();
        let mut errors = BootErrors::new();
        seen.sections.values().for_each(|problems| errors.extend(told(problems)));
        for (name, node) in self.sections_of_sources() {
            let is_asked_for = seen.sections.keys().any(|asked| is_same_name(asked, &name));
            if !is_asked_for && node.origin != Origin::Default {
                let hint = hint(&name, seen.sections.keys().map(String::as_str));
                let name = name.escape_debug();
                errors
                    .push(format_args!("section `{name}` is not known ({}): {hint}", node.origin));
            }
        }
        errors.into_result()
    }

    /// What is in effect, with the source of each value; secrets are masked.
    ///
    /// A secret is what has the name of one (`password`, `token`, `secret`, `key` ...), the user of a
    /// URL, and what was read as a [`Secret`](crate::Secret), unless it was in a flattened part. Variables
    /// are shown where a file has their key too or once a section has taken them, so call it after
    /// all sections were asked for.
    #[must_use]
    pub fn show(&self) -> Shown {
        let seen = self.seen();
        let mut known = seen.used.clone();
        self.0.naming.named_keys().for_each(|key| known.insert(key));
        let mut names: BTreeSet<_> = seen.sections.keys().cloned().collect();
        for (name, node) in self.sections_of_sources() {
            add_keys(&name, &node, &mut known);
            names.insert(name);
        }
        let mut shown = Shown::new(known, seen.secrets.clone());
        names.iter().for_each(|name| shown.add(name, &self.merged(name)));
        shown
    }

    /// The first level of all sources but variables.
    fn sections_of_sources(&self) -> impl Iterator<Item = (String, Node)> {
        let mut merged = Table::new();
        self.0.layers.iter().for_each(|layer| merge(&mut merged, layer.keys.clone()));
        merged.into_iter()
    }

    /// One section with everything that the sources say about it.
    fn merged(&self, section: &str) -> Node {
        let mut merged = Table::new();
        for layer in &self.0.layers {
            let own = layer.keys.iter().filter(|(name, _)| is_same_name(name, section));
            merge(&mut merged, own.map(|(name, node)| (name.clone(), node.clone())).collect());
            self.0.naming.overlay(section, &mut merged, &layer.variables);
        }
        let nothing = || Node::new(Value::Table(Table::new()), Origin::Default);
        find(&merged, &[section]).cloned().unwrap_or_else(nothing)
    }

    /// The value of a key, which counts as asked for.
    pub(crate) fn at(&self, key: &str) -> Option<Node> {
        let path = path_of(key)?;
        let (section, rest) = path.split_first()?;
        let Value::Table(table) = self.merged(section).value else { return None };
        let mut seen = self.seen();
        seen.used.insert(key);
        seen.sections.entry((*section).to_owned()).or_default();
        find(&table, rest).cloned()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Without a source.
impl Default for Config {
    fn default() -> Self {
        Self::new(Vec::new(), Naming::default(), DEFAULT_ENVIRONMENT.to_owned())
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Config({}, {} sources)", self.0.environment, self.0.layers.len())
    }
}

fn told(problems: &[String]) -> BootErrors {
    let mut errors = BootErrors::new();
    problems.iter().for_each(|problem| errors.push(problem));
    errors
}

/// The keys of all values below a key.
fn add_keys(key: &str, node: &Node, keys: &mut Keys) {
    match &node.value {
        Value::Table(table) => {
            table.iter().for_each(|(name, node)| add_keys(&format!("{key}.{name}"), node, keys));
        }
        _ => keys.insert(key),
    }
}
