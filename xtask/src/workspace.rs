//! The workspace as cargo sees it: its packages and the arrows between them.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{Outcome, process};

/// The root folder, the folder for build outputs, and the packages in order of their names.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
    pub(crate) packages: Vec<Package>,
}

/// One member of the workspace.
pub(crate) struct Package {
    pub(crate) name: String,
    /// Relative to the root.
    pub(crate) folder: PathBuf,
    pub(crate) is_library: bool,
    pub(crate) dependencies: Vec<Dependency>,
}

/// One line of a dependency table.
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) optional: bool,
}

/// Which dependency table the line stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Normal,
    Build,
    Dev,
}

impl Workspace {
    /// Asks cargo.
    ///
    /// # Errors
    ///
    /// A manifest that cargo cannot read; cargo's own words are passed on.
    pub(crate) fn load() -> Outcome<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = here.parent().unwrap_or(here);
        let mut command = process::cargo(root);
        let said = process::listen(command.args(["metadata", "--no-deps", "--format-version=1"]))?;
        if !said.success {
            return Err(format!("cargo cannot read the workspace:\n{}", said.stderr).into());
        }
        Self::parse(&serde_json::from_str(&said.stdout)?)
    }

    fn parse(metadata: &Value) -> Outcome<Self> {
        let root = PathBuf::from(text(metadata, "workspace_root")?);
        let target = PathBuf::from(text(metadata, "target_directory")?);
        let mut packages = list(metadata, "packages")?
            .iter()
            .map(|package| Package::parse(&root, package))
            .collect::<Outcome<Vec<_>>>()?;
        packages.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self { root, target, packages })
    }
}

impl Package {
    fn parse(root: &Path, value: &Value) -> Outcome<Self> {
        let manifest = PathBuf::from(text(value, "manifest_path")?);
        let folder = manifest.parent().unwrap_or(root);
        Ok(Self {
            name: text(value, "name")?.to_owned(),
            folder: folder.strip_prefix(root).unwrap_or(folder).to_owned(),
            is_library: list(value, "targets")?.iter().any(is_library),
            dependencies: list(value, "dependencies")?
                .iter()
                .map(Dependency::parse)
                .collect::<Outcome<_>>()?,
        })
    }
}

impl Dependency {
    fn parse(value: &Value) -> Outcome<Self> {
        let kind = match value["kind"].as_str() {
            None => Kind::Normal,
            Some("build") => Kind::Build,
            Some("dev") => Kind::Dev,
            Some(other) => return Err(format!("unknown kind of dependency `{other}`").into()),
        };
        let optional = value["optional"].as_bool().unwrap_or(false);
        Ok(Self { name: text(value, "name")?.to_owned(), kind, optional })
    }
}

fn is_library(target: &Value) -> bool {
    let kinds = target["kind"].as_array().map(Vec::as_slice).unwrap_or_default();
    kinds.iter().any(|kind| kind == "lib" || kind == "proc-macro")
}

fn text<'v>(value: &'v Value, field: &str) -> Outcome<&'v str> {
    value[field].as_str().ok_or_else(|| format!("cargo metadata lacks the text `{field}`").into())
}

fn list<'v>(value: &'v Value, field: &str) -> Outcome<&'v Vec<Value>> {
    value[field].as_array().ok_or_else(|| format!("cargo metadata lacks the list `{field}`").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_package_is_found_with_its_folder() {
        let workspace = Workspace::load().unwrap();
        let own = workspace.packages.iter().find(|package| package.name == "xtask").unwrap();
        assert_eq!(own.folder, Path::new("xtask"));
        assert!(!own.is_library);
        assert!(own.dependencies.iter().any(|dependency| dependency.name == "clap"));
    }
}
