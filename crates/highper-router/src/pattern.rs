//! Patterns of paths: what they are made of.

use highper_core::MAX_PARAMETERS;

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Literal(String),
    Parameter(String),
    Wildcard(String),
}

/// A pattern in its pieces, or what is wrong with it and what to do.
pub(crate) fn parse(pattern: &str) -> Result<Vec<Piece>, String> {
    if !pattern.starts_with('/') {
        return Err("a path begins with `/`".to_owned());
    }
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = pattern;
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        match character {
            '{' | '}' if after.starts_with(character) => {
                literal.push(character);
                rest = &after[1..];
            }
            '{' => {
                let (name, after) =
                    after.split_once('}').ok_or("a `{` has no `}`; `{{` is a brace")?;
                if !literal.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                }
                pieces.push(parameter(name)?);
                rest = after;
            }
            '}' => return Err("a `}` has no `{`; `}}` is a brace".to_owned()),
            other => {
                literal.push(other);
                rest = after;
            }
        }
    }
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    check(&pieces)?;
    Ok(pieces)
}

/// The names of the parameters, in order.
pub(crate) fn parameters(pieces: &[Piece]) -> impl Iterator<Item = &str> {
    pieces.iter().filter_map(|piece| match piece {
        Piece::Literal(_) => None,
        Piece::Parameter(name) | Piece::Wildcard(name) => Some(name.as_str()),
    })
}

/// A prefix and a path under it. A lone `/` under a prefix is the prefix itself.
pub(crate) fn join(prefix: &str, path: &str) -> String {
    let prefix = prefix.trim_end_matches('/');
    match path {
        "/" | "" if !prefix.is_empty() => prefix.to_owned(),
        path => format!("{prefix}{path}"),
    }
}

fn parameter(name: &str) -> Result<Piece, String> {
    let (wildcard, name) = match name.strip_prefix('*') {
        Some(name) => (true, name),
        None => (false, name),
    };
    if name.is_empty()
        || !name.chars().all(|character| character.is_alphanumeric() || character == '_')
    {
        return Err(format!("`{{{name}}}` is no parameter: a name is letters, digits and `_`"));
    }
    let name = name.to_owned();
    Ok(if wildcard { Piece::Wildcard(name) } else { Piece::Parameter(name) })
}

fn check(pieces: &[Piece]) -> Result<(), String> {
    let names: Vec<_> = parameters(pieces).collect();
    if names.len() > MAX_PARAMETERS {
        return Err(format!(
            "it has {} parameters, and at most {MAX_PARAMETERS} are possible",
            names.len()
        ));
    }
    if let Some(twice) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
        return Err(format!("the parameter `{}` stands twice", twice.1));
    }
    match pieces.split_last() {
        Some((_, before)) if before.iter().any(|piece| matches!(piece, Piece::Wildcard(_))) => {
            Err("a wildcard stands last".to_owned())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_taken_apart() {
        use Piece::{Literal, Parameter, Wildcard};
        assert_eq!(
            parse("/v{major}/{{x}}/{name}.json").unwrap(),
            [
                Literal("/v".into()),
                Parameter("major".into()),
                Literal("/{x}/".into()),
                Parameter("name".into()),
                Literal(".json".into()),
            ]
        );
        assert_eq!(parse("/f/{*rest}").unwrap()[1], Wildcard("rest".into()));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (pattern, problem) in [
            ("books", "begins with `/`"),
            ("/{id", "no `}`"),
            ("/id}", "no `{`"),
            ("/{}", "letters, digits"),
            ("/{a}/{a}", "stands twice"),
            ("/{*a}/b", "stands last"),
            ("/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}", "at most 8"),
        ] {
            assert!(parse(pattern).unwrap_err().contains(problem), "{pattern}");
        }
    }

    #[test]
    fn a_group_and_a_path_make_one_pattern() {
        assert_eq!(join("", "/a"), "/a");
        assert_eq!(join("/a/", "/b"), "/a/b");
        assert_eq!(join("/a", "/"), "/a");
        assert_eq!(join("", "/"), "/");
    }
}
