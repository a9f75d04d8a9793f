//! `tidy`: the house rules that no other tool keeps.

mod manifest;
mod references;
mod source;

use std::{
    ffi::OsStr,
    fmt, fs,
    path::{Path, PathBuf},
};

use crate::{Outcome, workspace::Workspace};

/// One broken rule: where, what, and what to do.
#[derive(Debug)]
struct Violation {
    path: String,
    line: usize,
    what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// Checks every manifest and every source file of ours; the rivals in `benches/peers` are not.
pub(crate) fn run(workspace: &Workspace) -> Outcome {
    let mut found = Vec::new();
    let mut tests = Vec::new();
    for package in &workspace.packages {
        let path = package.folder.join("Cargo.toml");
        let text = read(&workspace.root, &path)?;
        found.extend(manifest::check(&path.to_string_lossy(), &package.name, &text));

        let mut sources = Vec::new();
        for path in rust_files(&workspace.root, &package.folder)? {
            sources.push((path.to_string_lossy().into_owned(), read(&workspace.root, &path)?));
        }
        found.extend(sources.iter().flat_map(|(path, text)| source::check(path, text)));
        found.extend(source::check_density(&package.name, &sources));
        tests.extend(references::tests(&package.name, &sources));
    }
    for path in documents(&workspace.root)? {
        let text = read(&workspace.root, &path)?;
        found.extend(references::check(&path.to_string_lossy(), &text, &tests));
    }
    for violation in &found {
        eprintln!("{violation}");
    }
    match found.len() {
        0 => Ok(()),
        1 => Err("1 house rule is broken".into()),
        count => Err(format!("house rules are broken in {count} places").into()),
    }
}

fn read(root: &Path, path: &Path) -> Outcome<String> {
    fs::read_to_string(root.join(path))
        .map_err(|error| format!("{} cannot be read: {error}", path.display()).into())
}

/// The documents, relative to the root.
fn documents(root: &Path) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root.join("docs"))? {
        let path = Path::new("docs").join(entry?.file_name());
        if path.extension() == Some(OsStr::new("md")) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// All Rust files of a package in order of their paths, relative to the root.
fn rust_files(root: &Path, package: &Path) -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![package.to_owned()];
    while let Some(folder) = folders.pop() {
        let unreadable = |error| format!("{} cannot be read: {error}", folder.display());
        for entry in fs::read_dir(root.join(&folder)).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let path = folder.join(entry.file_name());
            if entry.file_type().map_err(unreadable)?.is_dir() {
                if entry.file_name() != "target" {
                    folders.push(path);
                }
            } else if path.extension() == Some(OsStr::new("rs")) {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rust_file_of_a_package_is_seen() {
        let workspace = Workspace::load().unwrap();
        let files = rust_files(&workspace.root, Path::new("xtask")).unwrap();
        assert!(files.contains(&PathBuf::from("xtask/src/main.rs")));
        assert!(files.contains(&PathBuf::from("xtask/src/tidy/mod.rs")));
    }

    #[test]
    fn a_violation_is_one_line_with_its_place() {
        let violation = Violation { path: "a/b.rs".into(), line: 7, what: "too long".into() };
        assert_eq!(violation.to_string(), "a/b.rs:7: too long");
    }
}
