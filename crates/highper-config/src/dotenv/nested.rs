//! `${NAME}` in values.

use std::collections::BTreeMap;

use super::parse::Piece;
use super::variables::Variable;

/// Replaces `${NAME}` by what is known; unknown names stay as they are. What was put in is not
/// looked at again. None if it would be longer than `limit`.
pub(crate) fn resolve(
    pieces: Vec<Piece>,
    known: impl Fn(&str) -> Option<String>,
    limit: usize,
) -> Option<String> {
    let mut value = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => value.push_str(&text),
            Piece::Nested(name) => match known(&name) {
                Some(text) => value.push_str(&text),
                None => value.extend(["${", &name, "}"]),
            },
        }
        if value.len() > limit {
            return None;
        }
    }
    Some(value)
}

/// What `name` is: with `mutable`, what the files say goes before what was there; else after.
pub(crate) fn known<'v>(
    name: &str,
    mutable: bool,
    outside: &'v BTreeMap<String, String>,
    files: &'v BTreeMap<String, Variable>,
) -> Option<&'v str> {
    let outside = outside.get(name).map(String::as_str);
    let in_files = files.get(name).map(Variable::value);
    if mutable { in_files.unwrap_or(outside) } else { outside.or(in_files.flatten()) }
}
