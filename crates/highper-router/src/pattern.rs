//! Patterns of paths: what they are made of.

use highper_core::MAX_PARAMETERS;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

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
                if after.starts_with("}}") {
                    return Err(format!("a brace right behind `{{{name}}}` is not possible"));
                }
                rest = after;
            }
            '}' => return Err("a `}` has no `{`; `}}` is a brace".to_owned()),
            other => {
                check_literal(other, after)?;
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

/// True if two patterns differ in the names of their parameters at most.
pub(crate) fn is_same_shape(one: &[Piece], other: &[Piece]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|pair| match pair {
            (Piece::Literal(one), Piece::Literal(other)) => one == other,
            (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
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

/// The patterns that stand for a prefix and everything under it.
pub(crate) fn under(prefix: &str, wildcard: &str) -> impl Iterator<Item = String> {
    let prefix = prefix.trim_end_matches('/');
    let all = [prefix.to_owned(), format!("{prefix}/"), format!("{prefix}/{{*{wildcard}}}")];
    all.into_iter().filter(|pattern| !pattern.is_empty())
}

/// What never arrives in a path would be a route that nobody reaches.
fn check_literal(character: char, after: &str) -> Result<(), String> {
    let digits = after.as_bytes().get(..2).unwrap_or_default();
    match character {
        '%' if digits.len() < 2 || !digits.iter().all(u8::is_ascii_hexdigit) => {
            Err("a `%` is not followed by two hexadecimal digits; `%25` is a percent sign".into())
        }
        '%' if digits == b"00" => Err("`%00` is refused in every path".into()),
        '?' | '#' | '<' | '>' | '`' | ' ' => Err(unreachable_literal(character)),
        other if !other.is_ascii_graphic() => Err(unreachable_literal(other)),
        _ => Ok(()),
    }
}

fn unreachable_literal(character: char) -> String {
    let mut buffer = [0; 4];
    let encoded = utf8_percent_encode(character.encode_utf8(&mut buffer), NON_ALPHANUMERIC);
    format!("`{}` does not stand in a path as such; write `{encoded}`", character.escape_debug())
}

fn parameter(name: &str) -> Result<Piece, String> {
    let whole = name;
    let (wildcard, name) = match name.strip_prefix('*') {
        Some(name) => (true, name),
        None => (false, name),
    };
    if name.is_empty()
        || !name.chars().all(|character| character.is_alphanumeric() || character == '_')
    {
        return Err(format!("`{{{whole}}}` is no parameter: a name is letters, digits and `_`"));
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
            ("/{a}}}", "right behind `{a}`"),
            ("books", "begins with `/`"),
            ("/{id", "no `}`"),
            ("/id}", "no `{`"),
            ("/{}", "letters, digits"),
            ("/{a}/{a}", "stands twice"),
            ("/{*a}/b", "stands last"),
            ("/a?page=1", "write `%3F`"),
            ("/bücher", "write `%C3%BC`"),
            ("/a b", "write `%20`"),
            ("/100%", "two hexadecimal digits"),
            ("/%0", "two hexadecimal digits"),
            ("/a%00", "refused"),
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

    #[test]
    fn under_a_prefix_is_the_prefix_too() {
        assert!(under("/a/", "x").eq(["/a", "/a/", "/a/{*x}"]));
        assert!(under("", "x").eq(["/", "/{*x}"]));
    }
}
