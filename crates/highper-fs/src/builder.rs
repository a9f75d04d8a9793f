//! Choices about static files, and what can be wrong with them.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use glob::Pattern;
use http::HeaderValue;

use crate::answer::Manner;
use crate::directory::Directory;
use crate::embedded::Embedded;
use crate::request_path::RequestPath;
use crate::root::Root;
use crate::rules::Rules;
use crate::static_files::{Source, StaticFiles};

/// Choices about static files; made by [`StaticFiles::directory`] and [`StaticFiles::embedded`].
#[derive(Debug)]
pub struct StaticFilesBuilder {
    from: From,
    cache_control: Vec<(String, String)>,
    index: Option<String>,
    fallback: Option<String>,
    is_listed: bool,
    is_precompressed: bool,
    max_parts: usize,
    memory_bytes: u64,
}

#[derive(Debug)]
enum From {
    Directory(PathBuf),
    Embedded(HashMap<Box<str>, Bytes>),
}

/// What is wrong with static files, all of it.
#[derive(Debug)]
pub struct StaticFilesError(Vec<String>);

impl StaticFilesBuilder {
    pub(crate) fn directory(root: PathBuf) -> Self {
        Self::new(From::Directory(root))
    }

    pub(crate) fn embedded(files: HashMap<Box<str>, Bytes>) -> Self {
        Self::new(From::Embedded(files))
    }

    fn new(from: From) -> Self {
        Self {
            from,
            cache_control: Vec::new(),
            index: Some("index.html".to_owned()),
            fallback: None,
            is_listed: false,
            is_precompressed: false,
            max_parts: DEFAULT_MAX_PARTS,
            memory_bytes: DEFAULT_MEMORY_BYTES,
        }
    }

    /// Sends `cache-control` with the files that a glob matches; the first that matches counts. A glob
    /// with a slash is matched with the whole path (`*` stays in a segment, `**` does not), one without
    /// with the name of the file alone: `*-????????.js`. Default: no such header.
    #[must_use]
    pub fn cache_control(mut self, glob: &str, value: &str) -> Self {
        self.cache_control.push((glob.to_owned(), value.to_owned()));
        self
    }

    /// The file that a directory is answered with, or none. Default: `index.html`.
    #[must_use]
    pub fn index(mut self, name: Option<&str>) -> Self {
        self.index = name.map(str::to_owned);
        self
    }

    /// The page that is sent, with 200, to browsers that navigate to where no file is (`Accept` with
    /// `text/html`, no extension): for applications with routes of their own. Default: none.
    #[must_use]
    pub fn fallback(mut self, name: &str) -> Self {
        self.fallback = Some(name.to_owned());
        self
    }

    /// Answers a directory without index with a page of at most 1,000 of its files. Default: off.
    #[must_use]
    pub fn listing(mut self) -> Self {
        self.is_listed = true;
        self
    }

    /// Sends `style.css.br`, `.zst` or `.gz` for `style.css` to clients that take it. Default: off.
    #[must_use]
    pub fn precompressed(mut self) -> Self {
        self.is_precompressed = true;
        self
    }

    /// The most parts of one answer to a `Range` header; for more, the whole file is sent. Default:
    /// [`DEFAULT_MAX_PARTS`]; at most [`MAX_RANGE_SPECS`](crate::MAX_RANGE_SPECS) have an effect.
    #[must_use]
    pub fn max_parts(mut self, parts: usize) -> Self {
        self.max_parts = parts;
        self
    }

    /// How many bytes of small files (64 KiB at most each) are kept in memory. Default:
    /// [`DEFAULT_MEMORY_BYTES`].
    #[must_use]
    pub fn memory(mut self, bytes: u64) -> Self {
        self.memory_bytes = bytes;
        self
    }

    /// The handler.
    ///
    /// # Errors
    /// Everything that is wrong: a directory that cannot be opened, globs, header values, names.
    pub fn build(self) -> Result<StaticFiles, StaticFilesError> {
        let mut problems = Vec::new();
        let rules = Arc::new(Rules {
            is_precompressed: self.is_precompressed,
            cache_control: rules(&self.cache_control, &mut problems),
        });
        for (what, name) in [("index", &self.index), ("fallback", &self.fallback)] {
            if let Some(name) = name
                && !is_name(name)
            {
                problems.push(format!(
                    "{what} `{name}`: give a path below the root, without `..` and hidden files"
                ));
            }
        }
        let source = source(self.from, &rules, self.memory_bytes, &mut problems);
        match source {
            Some(source) if problems.is_empty() => Ok(StaticFiles {
                source,
                manner: Manner {
                    is_precompressed: self.is_precompressed,
                    max_parts: self.max_parts,
                },
                index: self.index,
                fallback: self.fallback,
                is_listed: self.is_listed,
            }),
            _ => Err(StaticFilesError(problems)),
        }
    }
}

impl fmt::Display for StaticFilesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "static files: {}", self.0.join("; "))
    }
}

impl std::error::Error for StaticFilesError {}

fn rules(choices: &[(String, String)], problems: &mut Vec<String>) -> Vec<(Pattern, HeaderValue)> {
    let mut rules = Vec::new();
    for (glob, value) in choices {
        match (Pattern::new(glob), HeaderValue::from_str(value)) {
            (Ok(pattern), Ok(value)) => rules.push((pattern, value)),
            (Err(error), _) => {
                problems.push(format!("cache-control for `{glob}`: no glob: {error}"))
            }
            (_, Err(_)) => problems.push(format!(
                "cache-control for `{glob}`: {value:?} holds characters that no header may hold"
            )),
        }
    }
    rules
}

fn source(
    from: From,
    rules: &Arc<Rules>,
    memory: u64,
    problems: &mut Vec<String>,
) -> Option<Source> {
    match from {
        From::Directory(path) => match Root::open(&path) {
            Ok(root) => Some(Source::Directory(Directory::new(root, Arc::clone(rules), memory))),
            Err(error) => {
                problems.push(format!(
                    "the directory `{}` cannot be opened: {error}; create it, or give another",
                    path.display()
                ));
                None
            }
        },
        From::Embedded(files) => {
            let wrong = files.keys().filter(|name| !is_name(name));
            problems.extend(
                wrong.map(|name| format!("embedded `{name}`: no request can have this path")),
            );
            Some(Source::Embedded(Embedded::new(&files, rules)))
        }
    }
}

/// Encodes nothing: a name with `%` is compared as it is.
fn is_name(name: &str) -> bool {
    let encoded = name.replace('%', "%25");
    !name.starts_with('/') && RequestPath::parse(&encoded).is_some_and(|path| !path.is_directory())
}

/// The most parts of one answer where nothing else was said.
pub const DEFAULT_MAX_PARTS: usize = 16;

/// The bytes of small files kept in memory where nothing else was said: 32 MiB.
pub const DEFAULT_MEMORY_BYTES: u64 = 32 * 1024 * 1024;
