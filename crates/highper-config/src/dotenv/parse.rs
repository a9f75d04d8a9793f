//! The lines of a dotenv file: comments, `export`, names.

use super::error::{Malformed, MissingPart};
use super::value::Scanner;
use crate::text_file::MAX_BYTES;

/// One assignment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// The line on which it begins, from 1.
    pub(crate) line: u32,
    /// None: the name stands alone, without `=`.
    pub(crate) value: Option<Vec<Piece>>,
}

/// A part of a value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(String),
    /// The name in `${NAME}`.
    Nested(String),
}

/// Reads all assignments. Line ends of any kind count as `\n`, also inside of values.
pub(crate) fn parse(text: &str) -> Result<Vec<Entry>, Malformed> {
    if text.len() > MAX_BYTES {
        return Err(Malformed::new(1, None, format!("more than {MAX_BYTES} bytes; split it")));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut scanner = Scanner::new(&text);
    let mut entries = Vec::new();
    while let Some(line) = scanner.peek_line() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            scanner.skip(line.len() + 1);
        } else {
            entries.push(entry(&mut scanner, line)?);
        }
    }
    Ok(entries)
}

fn entry(scanner: &mut Scanner<'_>, line: &str) -> Result<Entry, Malformed> {
    let number = scanner.line();
    let Some((before, after)) = line.split_once('=') else {
        let name = name(line).ok_or_else(|| {
            Malformed::new(number, None, "a line that is neither NAME=value nor a comment")
        })?;
        scanner.skip(line.len() + 1);
        return Ok(Entry { name, line: number, value: None });
    };
    if before.trim().is_empty() {
        return Err(Malformed::new(number, None, "an `=` without a name before it"));
    }
    let name = name(before).ok_or_else(|| {
        let shown = (!after.trim_matches(['=', ' ', '\t']).is_empty()).then(|| before.trim());
        let what = "a name that has more than letters, digits, `_` and `.` in it";
        Malformed::new(number, shown, what)
    })?;
    scanner.skip(before.len() + 1);
    let value = scanner
        .value()
        .map_err(|MissingPart { line, what }| Malformed::new(line, Some(&name), what))?;
    Ok(Entry { name, line: number, value: Some(value) })
}

/// The name, without `export` and quotes; None if it is not one.
fn name(text: &str) -> Option<String> {
    let text = text.trim();
    let exported = text.strip_prefix("export").filter(|rest| rest.starts_with(char::is_whitespace));
    let text = exported.map_or(text, str::trim_start);
    let unquoted =
        ['"', '\''].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote));
    let name = unquoted.unwrap_or(text);
    (!name.is_empty() && name.chars().all(is_part_of_name)).then(|| name.to_owned())
}

/// Letters and digits of any language.
pub(super) fn is_part_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '.'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<(String, u32)> {
        parse(text).unwrap().into_iter().map(|entry| (entry.name, entry.line)).collect()
    }

    #[test]
    fn names_may_be_exported_quoted_and_of_any_script() {
        for text in ["FOO=1", "export FOO=1", "export\tFOO=1", "\"FOO\"=1", "'FOO' = 1", " FOO"] {
            assert_eq!(names(text), [("FOO".to_owned(), 1)], "{text}");
        }
        assert_eq!(names("export=1")[0].0, "export");
        assert_eq!(names("N.VAR6=1")[0].0, "N.VAR6");
        assert_eq!(names("FOOƱ=1")[0].0, "FOOƱ");
    }

    #[test]
    fn lines_are_counted_through_comments_and_values_of_several_lines() {
        let text = "\u{feff}# one\r\n\r\nA=1\rB=\"x\ny\"\n  # six\nC\n";
        assert_eq!(names(text), [("A".to_owned(), 3), ("B".to_owned(), 4), ("C".to_owned(), 7)]);
    }

    #[test]
    fn a_name_alone_has_no_value_and_an_equals_sign_makes_it_empty() {
        assert_eq!(parse("FOO").unwrap()[0].value, None);
        assert_eq!(parse("FOO=").unwrap()[0].value, Some(Vec::new()));
        assert_eq!(parse("FOO= ").unwrap()[0].value, Some(Vec::new()));
    }

    #[test]
    fn a_file_beyond_the_bound_is_refused() {
        assert!(parse(&"#".repeat(MAX_BYTES + 1)).is_err());
    }
}
