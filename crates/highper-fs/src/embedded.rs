//! Files in the program itself.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;

use crate::coding::Coding;
use crate::content_type::content_type;
use crate::file_set::{Content, FileSet, Found, Representation};
use crate::rules::Rules;
use crate::validator::Validator;

/// Files by their names, complete since the start.
#[derive(Debug)]
pub(crate) struct Embedded {
    files: HashMap<Box<str>, Arc<FileSet>>,
    directories: HashSet<Box<str>>,
}

impl Embedded {
    pub(crate) fn new(files: &HashMap<Box<str>, Bytes>, rules: &Rules) -> Self {
        let parents =
            files.keys().flat_map(|name| name.match_indices('/').map(|(at, _)| name[..at].into()));
        Self {
            directories: parents.chain([Box::from("")]).collect(),
            files: files
                .iter()
                .map(|(name, bytes)| (name.clone(), Arc::new(file_set(name, bytes, files, rules))))
                .collect(),
        }
    }

    pub(crate) fn find(&self, name: &str) -> Found {
        match self.files.get(name) {
            Some(files) => Found::File(Arc::clone(files)),
            None if self.directories.contains(name) => Found::Directory,
            None => Found::Missing,
        }
    }
}

fn file_set(name: &str, bytes: &Bytes, all: &HashMap<Box<str>, Bytes>, rules: &Rules) -> FileSet {
    let form = |bytes: &Bytes, suffix: &str| Representation {
        validator: Validator::of_bytes(bytes, suffix),
        content: Content::Memory(bytes.clone()),
    };
    let beside = |coding: Coding| all.get(format!("{name}{}", coding.suffix()).as_str());
    let coded = Coding::ALL
        .into_iter()
        .filter(|_| rules.is_precompressed)
        .filter_map(|coding| Some((coding, form(beside(coding)?, &format!("-{}", coding.name())))));
    FileSet {
        content_type: content_type(name),
        cache_control: rules.cache_control(name),
        original: form(bytes, ""),
        coded: coded.collect(),
    }
}

/// Puts files into the program: names below a directory next to the crate's `Cargo.toml`, and their bytes,
/// for [`StaticFiles::embedded`](crate::StaticFiles::embedded).
///
/// # Example
/// ```
/// let files = highper_fs::embed!("src", "lib.rs");
/// assert_eq!(files[0].0, "lib.rs");
/// ```
#[macro_export]
macro_rules! embed {
    ($directory:literal, $($name:literal),+ $(,)?) => {
        [$((
            $name,
            ::core::include_bytes!(::core::concat!(
                ::core::env!("CARGO_MANIFEST_DIR"), "/", $directory, "/", $name
            )) as &'static [u8],
        )),+]
    };
}
