//! Which dotenv files are read, and what they may change.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use super::error::{DotenvError, Malformed};
use super::nested::{known, resolve};
use super::parse::{Entry, parse};
use super::variables::{Variable, Variables};
use crate::{Origin, text_file};

/// Reads dotenv files, as phpdotenv does, into a map of its own: the process environment is never
/// changed.
///
/// # Grammar
/// `NAME=value` on a line, with or without `export` before it. A name has letters, digits, `_` and `.`,
/// and may be quoted. A value is
/// - without quotes: no white space in it, no escapes;
/// - in single quotes: literal, on one line;
/// - in double quotes: on one or more lines, with `\n \r \t \f \v \" \\ \$`; any other escape is an error.
///
/// `${NAME}` outside of single quotes is replaced by what is known by then, once; an unknown name stays
/// as it stands. A comment is a `#` at the beginning of a line, or after a value and white space:
/// `a#b` and `#fff` are values. A name without `=` is known to have no value. A byte order mark
/// is dropped, lines may end with LF, CRLF or CR.
///
/// # Example
/// ```no_run
/// # use highper_config::Dotenv;
/// let variables = Dotenv::new().path("/srv/shop").file(".env").file(".env.local").all().load()?;
/// let debug = variables.get("DEBUG");
/// # Ok::<(), highper_config::DotenvError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Dotenv {
    paths: Vec<PathBuf>,
    files: Vec<String>,
    all: bool,
    mutable: bool,
    allowed: Option<BTreeSet<String>>,
    outside: Environment,
}

impl Dotenv {
    /// Reads `.env` in the working directory, on top of the process environment.
    #[must_use]
    pub fn new() -> Self {
        Self::isolated().over(process_environment())
    }

    /// Knows nothing of the process environment.
    #[must_use]
    pub fn isolated() -> Self {
        Self {
            paths: Vec::new(),
            files: Vec::new(),
            all: false,
            mutable: false,
            allowed: None,
            outside: Environment::default(),
        }
    }

    /// Takes these instead of the process environment as what is there before.
    #[must_use]
    pub fn over(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.outside = Environment(variables.into_iter().collect());
        self
    }

    /// Adds a folder to look in; `.` where there is none.
    #[must_use]
    pub fn path(mut self, folder: impl Into<PathBuf>) -> Self {
        self.paths.push(folder.into());
        self
    }

    /// Adds a name of a file, looked for in each folder; `.env` where there is none.
    #[must_use]
    pub fn file(mut self, name: impl Into<String>) -> Self {
        self.files.push(name.into());
        self
    }

    /// Reads every file that is there as if they were one: a later line replaces an earlier one. The
    /// order is folder by folder, in each file by file. Else only the first that is there is read.
    #[must_use]
    pub fn all(mut self) -> Self {
        self.all = true;
        self
    }

    /// The files win over what was there before. Else that wins, and the files only add.
    #[must_use]
    pub fn mutable(mut self) -> Self {
        self.mutable = true;
        self
    }

    /// Takes these names only.
    #[must_use]
    pub fn only<'n>(mut self, names: impl IntoIterator<Item = &'n str>) -> Self {
        self.allowed = Some(names.into_iter().map(str::to_owned).collect());
        self
    }

    /// Reads.
    ///
    /// # Errors
    /// If none of the files is there, if one cannot be read, is larger than 1 MiB or malformed, or if
    /// the values come to more than 4 MiB.
    pub fn load(&self) -> Result<Variables, DotenvError> {
        let candidates = self.candidates();
        let mut variables = self.variables();
        let mut found = false;
        for path in &candidates {
            let Some(text) = read(path)? else { continue };
            self.add(&mut variables, &path.to_string_lossy(), &text)?;
            found = true;
            if !self.all {
                break;
            }
        }
        match found {
            true => Ok(variables),
            false => Err(DotenvError::missing(candidates)),
        }
    }

    /// [`load`](Self::load), to which a missing file is an empty one.
    ///
    /// # Errors
    /// If a file cannot be read, or is malformed.
    pub fn safe_load(&self) -> Result<Variables, DotenvError> {
        match self.load() {
            Err(error) if error.is_missing_file() => Ok(self.variables()),
            result => result,
        }
    }

    /// Reads a text instead of files.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn parse(&self, text: &str) -> Result<Variables, DotenvError> {
        let mut variables = self.variables();
        self.add(&mut variables, "text", text)?;
        Ok(variables)
    }

    fn variables(&self) -> Variables {
        let (mutable, outside) = (self.mutable, self.outside.0.clone());
        Variables { mutable, outside, files: BTreeMap::new() }
    }

    fn candidates(&self) -> Vec<PathBuf> {
        let here = [PathBuf::new()];
        let folders = if self.paths.is_empty() { &here[..] } else { &self.paths };
        let default = [".env".to_owned()];
        let files = if self.files.is_empty() { &default[..] } else { &self.files };
        folders.iter().flat_map(|folder| files.iter().map(|file| folder.join(file))).collect()
    }

    fn add(&self, variables: &mut Variables, file: &str, text: &str) -> Result<(), DotenvError> {
        let malformed = |error| DotenvError::malformed(file, error);
        let mut room = MAX_VALUES_BYTES.saturating_sub(size(&variables.files));
        for Entry { name, line, value } in parse(text).map_err(malformed)? {
            let is_allowed = self.allowed.as_ref().is_none_or(|allowed| allowed.contains(&name));
            if !is_allowed || !self.mutable && self.outside.0.contains_key(&name) {
                continue;
            }
            let get = |name: &str| {
                known(name, self.mutable, &variables.outside, &variables.files).map(str::to_owned)
            };
            let value = match value.map(|pieces| resolve(pieces, get, room)) {
                Some(None) => {
                    let what = format!("values of more than {MAX_VALUES_BYTES} bytes in all");
                    return Err(malformed(Malformed::new(line, Some(&name), what)));
                }
                Some(value) => value,
                None => None,
            };
            room -= value.as_ref().map_or(0, String::len);
            let origin = Origin::Dotenv { file: file.into(), line, name: name.as_str().into() };
            variables.files.insert(name, Variable { value, origin });
        }
        Ok(())
    }
}

impl Default for Dotenv {
    fn default() -> Self {
        Self::new()
    }
}

/// What was there before; `Debug` shows names only.
#[derive(Clone, Default)]
struct Environment(BTreeMap<String, String>);

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The variables of this process that are text.
fn process_environment() -> impl Iterator<Item = (String, String)> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(text)
}

fn read(path: &Path) -> Result<Option<String>, DotenvError> {
    match text_file::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        text => text.map(Some).map_err(|error| DotenvError::unreadable(path, error)),
    }
}

fn size(files: &BTreeMap<String, Variable>) -> usize {
    files.values().filter_map(Variable::value).map(str::len).sum()
}

/// All values together: `${NAME}` lets a short file make long ones.
const MAX_VALUES_BYTES: usize = 4 * 1024 * 1024;
