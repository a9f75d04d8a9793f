//! Rules for a member's `Cargo.toml`.
//!
//! Read line by line: what cargo itself makes of the file no longer says where a version came from.

use super::Violation;

/// Checks that no version stands here, and that `ls crates` names the packages.
pub(super) fn check(path: &str, package: &str, text: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut report = |line: usize, what: String| {
        found.push(Violation { path: path.to_owned(), line, what });
    };

    let folder = path.rsplit('/').nth(1).unwrap_or_default();
    if path.starts_with("crates/") && folder != package {
        let what = format!("the folder is `{folder}`, the package `{package}`: name them alike");
        report(1, what);
    }

    let mut table = "";
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            table = header.trim_end_matches(']');
        } else if let Some(name) = versioned(table, line) {
            report(
                index + 1,
                format!(
                    "the version of `{name}` stands here: move it to [workspace.dependencies] in \
                     the root and write `{name}.workspace = true`"
                ),
            );
        }
    }
    found
}

/// The dependency that this line gives a version of its own.
fn versioned<'t>(table: &'t str, line: &'t str) -> Option<&'t str> {
    let (key, value) = line.split_once('=')?;
    let (key, value) = (key.trim(), value.trim());
    let (section, name) = match table.rsplit_once('.') {
        Some((section, name)) if !is_dependencies(table) => (section, Some(name)),
        _ => (table, None),
    };
    if !is_dependencies(section) {
        return None;
    }
    match name {
        Some(name) => (key == "version").then_some(name),
        None if value.starts_with('"') => {
            key.strip_suffix(".version").or(Some(key).filter(|key| !key.contains('.')))
        }
        None => inline_version(value).then_some(key),
    }
}

/// `dependencies`, `dev-dependencies`, `target.'cfg(unix)'.build-dependencies`.
fn is_dependencies(table: &str) -> bool {
    let last = table.rsplit('.').next().unwrap_or_default();
    matches!(last, "dependencies" | "dev-dependencies" | "build-dependencies")
}

/// Whether an inline table has the key `version`.
fn inline_version(value: &str) -> bool {
    value.starts_with('{')
        && value
            .trim_start_matches('{')
            .split(',')
            .filter_map(|pair| pair.split_once('='))
            .any(|(key, _)| key.trim() == "version")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        check("crates/a/Cargo.toml", "a", text).iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn inherited_versions_pass() {
        let text = "[package]\nversion = \"1.0.0\"\nversion.workspace = true\n[dependencies]\n\
                    x.workspace = true\ny = { workspace = true, features = [\"version\"] }\n\
                    y = { workspace = true, features = [\n  \"a\",\n] }\n[features]\nz = [\"x\"]\n";
        assert_eq!(lines(text), Vec::<usize>::new());
    }

    #[test]
    fn every_way_to_write_a_version_is_found() {
        let text = "[dependencies]\nx = \"1\"\ny = { version = \"1\" }\nz.version = \"1\"\n\
                    [target.'cfg(unix)'.dev-dependencies]\nx = \"1\"\n\
                    [build-dependencies.y]\nversion = \"1\"\n";
        assert_eq!(lines(text), [2, 3, 4, 6, 8]);
    }

    #[test]
    fn a_folder_with_another_name_is_found() {
        let found = check("crates/b/Cargo.toml", "a", "");
        assert_eq!(
            found[0].to_string(),
            concat!(
                "crates/b/Cargo.toml:1: ",
                "the folder is `b`, the package `a`: name them alike"
            )
        );
    }
}
