//! Rules for a Rust file.

use super::Violation;

/// A file is one concept; its unit tests at the end are not counted.
const MAX_LINES: usize = 400;

/// rustfmt wraps code at 100; this is for what it leaves alone, long strings and comments.
const MAX_COLUMNS: usize = 140;

/// Lines that depend on a feature, per 1,000 lines of a crate.
const MAX_FEATURE_LINES: usize = 10;

/// Nothing but re-exports, each behind a feature: the rule on density has nothing to say there.
const UMBRELLA: &str = "highper";

/// What is left to do belongs to the tracker. Put together here, so that this file passes.
const LEFTOVERS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

/// Checks one file.
pub(super) fn check(path: &str, text: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut report = |line: usize, what: String| {
        found.push(Violation { path: path.to_owned(), line, what });
    };

    if !text.starts_with("//!") {
        report(1, "the first line does not say what the file is: begin with `//! ...`".to_owned());
    }
    let length = length_without_tests(text);
    if length > MAX_LINES {
        let what = format!("{length} lines, at most {MAX_LINES}: move one concept to its own file");
        report(MAX_LINES + 1, what);
    }
    let lines: Vec<&str> = text.lines().collect();
    for (index, &line) in lines.iter().enumerate() {
        let columns = line.chars().count();
        if columns > MAX_COLUMNS {
            report(index + 1, format!("{columns} characters, at most {MAX_COLUMNS}: wrap it"));
        }
        if let Some(word) = LEFTOVERS.iter().find(|word| has_word(line, word)) {
            report(index + 1, format!("`{word}` in the code: do it now, or open an issue"));
        }
        let next = lines.get(index + 1).copied().unwrap_or_default();
        if depends_on_feature(line) && !chooses_items(path, line, next) {
            report(
                index + 1,
                "a feature is asked for inside the code: give it a file of its own and put the \
                 `#[cfg]` on its `mod` or `pub use` in the crate root"
                    .to_owned(),
            );
        }
    }
    found
}

/// Checks how often the files of one package ask for a feature.
pub(super) fn check_density(package: &str, files: &[(String, String)]) -> Option<Violation> {
    if package == UMBRELLA {
        return None;
    }
    let lines: usize = files.iter().map(|(_, text)| text.lines().count()).sum();
    let asks = files.iter().flat_map(|(path, text)| {
        let asking = text.lines().enumerate().filter(|(_, line)| depends_on_feature(line));
        asking.map(move |(index, _)| (path, index + 1))
    });
    let asks: Vec<(&String, usize)> = asks.collect();
    let allowed = (lines * MAX_FEATURE_LINES).div_ceil(1_000);
    let (path, line) = asks.get(allowed)?;
    let what = format!(
        "{package} asks for features in {} places, at most {allowed} with {lines} lines: collect \
         what a feature adds in one module",
        asks.len()
    );
    Some(Violation { path: (*path).clone(), line: *line, what })
}

/// The lines before a `mod tests` that ends the file.
fn length_without_tests(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let tests = lines
        .windows(2)
        .position(|pair| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod tests"))
        .filter(|&start| closes_at_the_end(&lines[start..]));
    tests.unwrap_or(lines.len())
}

fn closes_at_the_end(lines: &[&str]) -> bool {
    lines.iter().position(|line| *line == "}") == Some(lines.len() - 1)
}

fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(start, _)| {
        !line[..start].ends_with(is_part) && !line[start + word.len()..].starts_with(is_part)
    })
}

fn depends_on_feature(line: &str) -> bool {
    let line = line.trim_start();
    let asks = line.starts_with("#[cfg(")
        || line.starts_with("#![cfg(")
        || line.starts_with("#[cfg_attr(feature")
        || line.contains("cfg!(");
    asks && line.contains("feature = ") && !line.starts_with("//")
}

/// Only whole items are chosen, in a crate root; elsewhere (a prelude) only what is re-exported.
fn chooses_items(path: &str, line: &str, next: &str) -> bool {
    let is_root = path.ends_with("/lib.rs") || path.ends_with("/main.rs");
    line.starts_with("#[cfg(") && (is_root || next.starts_with("pub use "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whats(path: &str, text: &str) -> Vec<String> {
        check(path, text).into_iter().map(|violation| violation.to_string()).collect()
    }

    #[test]
    fn a_file_that_does_not_introduce_itself_is_found() {
        assert!(whats("a/src/b.rs", "use std::fmt;\n")[0].starts_with("a/src/b.rs:1: the first"));
        assert!(whats("a/src/b.rs", "//! Words.\n").is_empty());
    }

    #[test]
    fn a_long_file_is_found_and_its_tests_do_not_count() {
        let code = format!("//! Words.\n{}", "fn f() {}\n".repeat(399));
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "    fn f() {}\n".repeat(100));
        assert!(whats("a/src/b.rs", &(code.clone() + &tests)).is_empty());
        assert_eq!(whats("a/src/b.rs", &(code.clone() + "fn f() {}\n" + &tests)).len(), 1);
        // Tests in the middle hide nothing.
        assert_eq!(whats("a/src/b.rs", &(code + &tests + "fn f() {}\n")).len(), 1);
    }

    #[test]
    fn a_long_line_is_found_by_characters_not_bytes() {
        let line = |length: usize| format!("//! {}\n", "é".repeat(length - 4));
        assert!(whats("a/src/b.rs", &line(140)).is_empty());
        assert!(whats("a/src/b.rs", &line(141))[0].contains("141 characters"));
    }

    #[test]
    fn a_leftover_is_found_as_a_word_only() {
        let text = format!("//! Words.\n// {}: later\n", LEFTOVERS[0]);
        assert!(whats("a/src/b.rs", &text)[0].starts_with("a/src/b.rs:2: "));
        assert!(whats("a/src/b.rs", &format!("//! My{}s\n", LEFTOVERS[0])).is_empty());
    }

    #[test]
    fn a_feature_may_choose_items_of_the_root_and_re_exports_only() {
        let text = "//! Words.\n#[cfg(feature = \"json\")]\nmod json;\n";
        assert!(whats("a/src/lib.rs", text).is_empty());
        assert_eq!(whats("a/src/b.rs", text).len(), 1);
        let prelude = text.replace("mod json", "pub use crate::Json");
        assert!(whats("a/src/prelude.rs", &prelude).is_empty());
        let inside = "//! Words.\nfn f() {\n    #[cfg(feature = \"json\")]\n    g();\n}\n";
        assert!(whats("a/src/lib.rs", inside)[0].starts_with("a/src/lib.rs:3: a feature"));
    }

    #[test]
    fn too_many_features_are_found_except_in_the_umbrella() {
        let ask = "#[cfg(feature = \"json\")]\nmod json;\n";
        let files = |asks: usize| {
            let text = ask.repeat(asks) + &"fn f() {}\n".repeat(1_000 - 2 * asks);
            vec![("a/src/lib.rs".to_owned(), text)]
        };
        assert!(check_density("a", &files(MAX_FEATURE_LINES)).is_none());
        assert_eq!(check_density("a", &files(11)).unwrap().line, 21);
        assert!(check_density(UMBRELLA, &files(11)).is_none());
    }
}
