//! Tests that documents name, as `` `highper-demo: console::a_slip` ``.

use super::Violation;

/// The names of the tests of a package in that form, each with the file's name as its module.
pub(super) fn tests(package: &str, files: &[(String, String)]) -> Vec<String> {
    let in_file = |(path, text): &(String, String)| {
        let module = path.rsplit('/').next().and_then(|name| name.strip_suffix(".rs"));
        let prefix = format!("{package}: {}::", module.unwrap_or_default());
        let name = |line: &str| {
            let rest = line.trim_start();
            let rest = rest.strip_prefix("async ").unwrap_or(rest).strip_prefix("fn ")?;
            Some(format!("{prefix}{}", rest.strip_suffix("() {")?))
        };
        text.lines().filter_map(name).collect::<Vec<_>>()
    };
    files.iter().flat_map(in_file).collect()
}

/// Looks for each test that a document names.
pub(super) fn check(path: &str, text: &str, tests: &[String]) -> Vec<Violation> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let quoted = line.split('`').skip(1).step_by(2);
        for reference in quoted.filter(|quoted| is_reference(quoted)) {
            if !tests.iter().any(|test| test == reference) {
                let what = format!("there is no test `{reference}`: name the one that shows it");
                found.push(Violation { path: path.to_owned(), line: index + 1, what });
            }
        }
    }
    found
}

fn is_reference(quoted: &str) -> bool {
    quoted.split_once(": ").is_some_and(|(package, test)| {
        package.starts_with("highper") && test.contains("::") && !test.contains([' ', '<'])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_is_not_there_is_told() {
        let files = [("crates/a/tests/it/b.rs".to_owned(), "#[test]\nfn works() {\n}".to_owned())];
        let tests = tests("highper-a", &files);
        let text = "`highper-a: b::works` and\n`highper-a: b::gone`, `cargo x: y`";
        let found = check("docs/a.md", text, &tests);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].line, 2);
    }
}
