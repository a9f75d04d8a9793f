//! What of a value may be shown.

use std::borrow::Cow;

/// What stands for a secret.
pub(crate) const MASK: &str = "***";

/// The value of a key as it may be shown: nothing of it under the name of a secret; else without the
/// user of URLs, and without values of secret names in it (`?token=..`, `password=..`).
pub(crate) fn masked<'v>(key: &str, value: &'v str) -> Cow<'v, str> {
    if key.split('.').any(is_secret_name) {
        return Cow::Borrowed(MASK);
    }
    let without_user = without_user(value);
    match without_secret_parts(&without_user) {
        Some(masked) => Cow::Owned(masked),
        None => without_user,
    }
}

/// By what a name says: `db_password`, `api-key`, `JWT_SECRET`; not `monkey`, `keep_alive`.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let has = |word: &&str| name.contains(*word);
    SECRET_PARTS.iter().any(has)
        || name.split(['_', '-', '.']).any(|word| SECRET_WORDS.contains(&word))
}

/// `scheme://user:password@host`. A password may have a `/` in it, so everything up to the last `@` of
/// the word goes.
fn without_user(value: &str) -> Cow<'_, str> {
    let Some(scheme_end) = value.find("://").map(|at| at + 3) else { return Cow::Borrowed(value) };
    let (before, after) = value.split_at(scheme_end);
    let word_end = after.find(char::is_whitespace).unwrap_or(after.len());
    let (word, rest) = after.split_at(word_end);
    let rest = without_user(rest);
    match (word.rfind('@'), rest) {
        (None, Cow::Borrowed(_)) => Cow::Borrowed(value),
        (None, Cow::Owned(rest)) => Cow::Owned(format!("{before}{word}{rest}")),
        (Some(at), rest) => Cow::Owned(format!("{before}{MASK}{}{rest}", &word[at..])),
    }
}

/// Masks `name=value` with a secret name; None where there is none.
fn without_secret_parts(value: &str) -> Option<String> {
    let mut masked = String::new();
    let mut found = false;
    for part in value.split_inclusive(['&', ';', '?', ' ', '\n', '#', ',']) {
        let end = part.trim_end_matches(['&', ';', '?', ' ', '\n', '#', ',']).len();
        match part[..end].split_once('=') {
            Some((name, secret)) if !secret.is_empty() && is_secret_name(name) => {
                masked.extend([name, "=", MASK, &part[end..]]);
                found = true;
            }
            _ => masked.push_str(part),
        }
    }
    found.then_some(masked)
}

const SECRET_PARTS: &[&str] =
    &["password", "passwd", "passphrase", "secret", "token", "credential", "apikey"];
const SECRET_WORDS: &[&str] = &["key", "keys", "pass", "pwd", "salt", "dsn"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known() {
        for name in ["password", "DB_PASSWORD", "api-key", "APP_KEY", "jwtSecret", "x_token", "dsn"]
        {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["monkey", "keep_alive", "keyboard", "host", "bypass", "url"] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn a_key_below_a_secret_table_is_secret() {
        assert_eq!(masked("mail.credentials.user", "me"), MASK);
    }

    #[test]
    fn urls_are_shown_without_their_user() {
        let shown = |value| masked("database.url", value).into_owned();
        assert_eq!(shown("postgres://u:p@db/shop"), "postgres://***@db/shop");
        assert_eq!(shown("postgres://u:p/w@rd@db/shop"), "postgres://***@db/shop");
        assert_eq!(shown("redis://:p@a redis://:q@b"), "redis://***@a redis://***@b");
        assert_eq!(shown("https://a/?token=t&page=2"), "https://a/?token=***&page=2");
        assert_eq!(shown("host=db password=x user=u"), "host=db password=*** user=u");
        assert_eq!(shown("https://a/b"), "https://a/b");
    }
}
