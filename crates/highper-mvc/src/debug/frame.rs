//! One call on the way to an error.

use std::path::{Path, PathBuf};

/// One call on the way to an error.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame {
    /// The function with its path: `bookshop::pages::book::{{closure}}`.
    pub function: String,
    /// The file, absolute where that could be found out.
    pub file: Option<PathBuf>,
    /// The line, from 1.
    pub line: Option<u32>,
    /// Is it the application's own code, not that of a library?
    pub is_application: bool,
    /// What was remarked on it.
    pub comments: Vec<String>,
}

impl Frame {
    pub(crate) fn new(function: &str) -> Self {
        Self {
            function: function.to_owned(),
            file: None,
            line: None,
            is_application: false,
            comments: Vec::new(),
        }
    }

    /// `src/pages.rs:12`, as far as it is known.
    pub(crate) fn place(&self) -> Option<String> {
        let file = self.file.as_ref()?.display();
        Some(self.line.map_or_else(|| file.to_string(), |line| format!("{file}:{line}")))
    }

    /// The path of the function, and its name. Closures are no names: `bookshop::pages`, `book`.
    pub(crate) fn split_function(&self) -> (&str, &str) {
        let mut end = self.function.len();
        while let Some(shorter) = self.function[..end].strip_suffix("::{{closure}}") {
            end = shorter.len();
        }
        split_path(&self.function, end)
    }

    /// Does it belong to what the application is made of, by all that paths and names tell?
    pub(crate) fn seems_application(&self) -> bool {
        let name = self.function.trim_start_matches(['<', '&', '_']);
        let file = self.file.as_deref().and_then(Path::to_str).unwrap_or_default();
        file.ends_with(".rs")
            && !LIBRARY_PATHS.iter().any(|path| file.contains(path))
            && !LIBRARY_CRATES.iter().any(|name_of| name.starts_with(name_of))
    }
}

/// Cuts a path in front of its last name; what stands in angle brackets is not cut.
pub(crate) fn split_path(path: &str, end: usize) -> (&str, &str) {
    let mut depth = 0_usize;
    let bytes = path.as_bytes();
    let mut at = end;
    while at > 1 {
        at -= 1;
        match bytes[at] {
            b'>' if bytes[at - 1] != b'-' => depth += 1,
            b'<' => depth = depth.saturating_sub(1),
            b':' if depth == 0 && bytes[at - 1] == b':' => {
                return (&path[..=at], &path[at + 1..]);
            }
            _ => {}
        }
    }
    ("", path)
}

/// Where the sources of libraries lie. Ours are in no registry where they are worked on.
const LIBRARY_PATHS: [&str; 14] = [
    "/rustc/",
    "/.cargo/registry/",
    "/.cargo/git/",
    "/rustlib/src/",
    "/usr/src/",
    "/highper-core/src/",
    "/highper-net/src/",
    "/highper-http/src/",
    "/highper-router/src/",
    "/highper-middleware/src/",
    "/highper-serde/src/",
    "/highper-mvc/src/",
    "/highper-app/src/",
    "/highper-macros/src/",
];

/// Whose names they have, wherever their sources lie.
const LIBRARY_CRATES: [&str; 6] = ["std::", "core::", "alloc::", "tokio::", "hyper::", "rust_"];

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(function: &str, file: &str) -> Frame {
        Frame { file: Some(file.into()), ..Frame::new(function) }
    }

    #[test]
    fn the_name_of_a_function_is_told_from_its_path() {
        for (function, expected) in [
            ("shop::pages::book", ("shop::pages::", "book")),
            (
                "shop::pages::book::{{closure}}::{{closure}}",
                ("shop::pages::", "book::{{closure}}::{{closure}}"),
            ),
            (
                "<shop::Book<a::B> as core::fmt::Display>::fmt",
                ("<shop::Book<a::B> as core::fmt::Display>::", "fmt"),
            ),
            ("main", ("", "main")),
            ("", ("", "")),
        ] {
            assert_eq!(frame(function, "x.rs").split_function(), expected);
        }
    }

    #[test]
    fn libraries_are_no_application() {
        assert!(frame("shop::book", "/home/ada/shop/src/book.rs").seems_application());
        assert!(!frame("shop::book", "").seems_application());
        assert!(
            !frame("serde::de", "/home/ada/.cargo/registry/src/x/serde/de.rs").seems_application()
        );
        assert!(!frame("<core::option::Option<T>>::unwrap", "/x/option.rs").seems_application());
    }
}
