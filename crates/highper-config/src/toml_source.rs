//! TOML as a source: files, all files of a folder, and defaults in code.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::node::{Node, Table, Value, is_same_name, merge};
use crate::{ConfigSource, Layer, Origin, text_file};

/// TOML: a file, the files of a folder, or a text.
///
/// # Example
/// ```
/// # use highper_config::{Config, Toml};
/// let config = Config::builder().source(Toml::defaults("[database]\npool_size = 10")).build()?;
/// assert_eq!(config.show().to_string(), "database.pool_size = 10  # default\n");
/// # Ok::<(), highper_core::BootErrors>(())
/// ```
#[derive(Clone, Debug)]
pub struct Toml(Kind);

#[derive(Clone)]
enum Kind {
    Defaults(String),
    File(PathBuf),
    Folder(PathBuf),
}

impl Toml {
    /// A text in the program. What it sets and nobody reads is no mistake.
    #[must_use]
    pub fn defaults(text: impl Into<String>) -> Self {
        Self(Kind::Defaults(text.into()))
    }

    /// A file that has to be there, of up to 1 MiB.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(Kind::File(path.into()))
    }

    /// All `*.toml` of a folder, up to 256; without the folder, nothing. Their names have no meaning: a
    /// key that stands in two of them is a problem.
    #[must_use]
    pub fn folder(path: impl Into<PathBuf>) -> Self {
        Self(Kind::Folder(path.into()))
    }
}

impl ConfigSource for Toml {
    fn read(&self, layer: &mut Layer) {
        let paths = match &self.0 {
            Kind::Defaults(text) => {
                match parse(text, |_| Origin::Default) {
                    Ok(table) => merge(&mut layer.keys, table),
                    Err((line, what)) => layer.problem(format_args!("defaults:{line}: {what}")),
                }
                return;
            }
            Kind::File(path) => Ok(vec![path.clone()]),
            Kind::Folder(path) => files(path).map_err(|error| (path, error)),
        };
        match paths {
            Ok(paths) => paths.iter().for_each(|path| read_file(path, layer)),
            Err((path, error)) => {
                layer.problem(format_args!("{} cannot be read: {error}", path.display()));
            }
        }
    }
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Defaults(_) => f.write_str("defaults"),
            Self::File(path) | Self::Folder(path) => write!(f, "{}", path.display()),
        }
    }
}

fn read_file(path: &Path, layer: &mut Layer) {
    let shown = path.to_string_lossy();
    let text = match text_file::read(path) {
        Ok(text) => text,
        Err(error) => return layer.problem(format_args!("{shown} cannot be read: {error}")),
    };
    let file: Arc<str> = shown.as_ref().into();
    match parse(&text, |line| Origin::File { file: Arc::clone(&file), line }) {
        Ok(table) => {
            let mut twice = Vec::new();
            conflicts(&layer.keys, &table, "", &mut twice);
            twice.into_iter().for_each(|problem| layer.problem(problem));
            merge(&mut layer.keys, table);
        }
        Err((line, what)) => layer.problem(format_args!("{shown}:{line}: {what}")),
    }
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match folder.read_dir() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
        if paths.len() > MAX_FILES {
            return Err(io::Error::other(format!("more than {MAX_FILES} files; merge some")));
        }
    }
    paths.sort();
    Ok(paths)
}

/// Values that both have.
fn conflicts(earlier: &Table, later: &Table, path: &str, found: &mut Vec<String>) {
    for (key, node) in later {
        let Some((_, other)) = earlier.iter().find(|(other, _)| is_same_name(key, other)) else {
            continue;
        };
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match (&other.value, &node.value) {
            (Value::Table(earlier), Value::Table(later)) => conflicts(earlier, later, &path, found),
            _ => found.push(format!(
                "`{path}` stands at {} and at {}: remove one",
                other.origin, node.origin
            )),
        }
    }
}

/// The line and what was expected there, in an error; the text itself may be a secret.
fn parse(text: &str, origin: impl Fn(u32) -> Origin) -> Result<Table, (u32, String)> {
    let lines = Lines::of(text);
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| lines.at(span.start));
        (line, error.message().to_owned())
    })?;
    let place = |at: usize| origin(lines.at(at));
    Ok(convert_table(table.get_ref(), &place))
}

fn convert_table(table: &DeTable<'_>, origin: &impl Fn(usize) -> Origin) -> Table {
    let converted = table.iter().map(|(key, value)| {
        let node = Node::new(convert(value, origin), origin(key.span().start));
        (key.get_ref().clone().into_owned(), node)
    });
    converted.collect()
}

fn convert(value: &Spanned<DeValue<'_>>, origin: &impl Fn(usize) -> Origin) -> Value {
    match value.get_ref() {
        DeValue::String(text) => Value::String(text.clone().into_owned()),
        DeValue::Integer(integer) => i128::from_str_radix(integer.as_str(), integer.radix())
            .map_or_else(|_| Value::String(integer.as_str().to_owned()), Value::Integer),
        DeValue::Float(float) => float
            .as_str()
            .parse()
            .map_or_else(|_| Value::String(float.as_str().to_owned()), Value::Float),
        DeValue::Boolean(boolean) => Value::Boolean(*boolean),
        DeValue::Datetime(datetime) => Value::String(datetime.to_string()),
        DeValue::Array(array) => {
            let element = |element: &Spanned<DeValue<'_>>| {
                Node::new(convert(element, origin), origin(element.span().start))
            };
            Value::Array(array.iter().map(element).collect())
        }
        DeValue::Table(table) => Value::Table(convert_table(table, origin)),
    }
}

/// Where the lines of a text begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at + 1).collect())
    }

    /// The line of a byte, from 1.
    fn at(&self, byte: usize) -> u32 {
        u32::try_from(self.0.partition_point(|start| *start <= byte) + 1).unwrap_or(u32::MAX)
    }
}

const MAX_FILES: usize = 256;
