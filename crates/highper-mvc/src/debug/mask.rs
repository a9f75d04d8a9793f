//! What must not be seen, not even by the developer's neighbour.

/// Hides secrets: the values of names that sound like one, the user and password of addresses, and the
/// same values again wherever else they turn up.
///
/// A mask is of one length, so that nobody learns how long the secret is.
///
/// # Example
/// ```
/// # use highper_mvc::Mask;
/// let mask = Mask::new().hide("*pin*");
/// assert!(mask.hides("DB_PASSWORD") && mask.hides("Authorization") && mask.hides("card-pin"));
/// assert!(!mask.hides("HOME"));
/// let line = "postgres://app:hunter2@db/shop?sslmode=on&api_key=4f2a";
/// assert_eq!(mask.text(line), "postgres://********@db/shop?sslmode=on&api_key=********");
/// ```
#[derive(Clone, Debug)]
pub struct Mask {
    patterns: Vec<String>,
}

/// What stands for a secret.
pub(crate) const MASKED: &str = "********";

const PATTERNS: [&str; 15] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "*token*",
    "*secret*",
    "*password*",
    "*passwd*",
    "*passphrase*",
    "*credential*",
    "*key*",
    "*signature*",
    "*session-id*",
    "*private*",
    "*jwt*",
];

impl Default for Mask {
    fn default() -> Self {
        Self::new()
    }
}

impl Mask {
    /// Hides `authorization`, `cookie`, `set-cookie` and all names with `token`, `secret`, `password`,
    /// `key` and the like in them.
    #[must_use]
    pub fn new() -> Self {
        Self { patterns: PATTERNS.map(normal).to_vec() }
    }

    /// Hides more names: one as it is, or what a `*` at its beginning or end stands for. Case does not
    /// matter, nor whether words are joined by `-`, `_` or `.`.
    #[must_use]
    pub fn hide(mut self, pattern: &str) -> Self {
        self.patterns.push(normal(pattern));
        self
    }

    /// Is the value of `name` a secret?
    #[must_use]
    pub fn hides(&self, name: &str) -> bool {
        let name = normal(name);
        self.patterns.iter().any(|pattern| matches(pattern, &name))
    }

    /// The value of `name`, masked as a whole or in its parts.
    #[must_use]
    pub fn value(&self, name: &str, value: &str) -> String {
        if self.hides(name) && !value.is_empty() { MASKED.to_owned() } else { self.text(value) }
    }

    /// A text without the secrets that can be told by their form: users and passwords of addresses,
    /// `password=...`, `"token": "..."`.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        self.without_pairs(&without_users(text))
    }

    /// Each separator is looked at by itself: a quote that stands before a pair by chance must not hide
    /// that it is one.
    fn without_pairs(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for (at, _) in text.match_indices(['=', ':']) {
            let (before, after) = text.split_at(at);
            let skipped = opening(after);
            if !is_pair(before, after, skipped) || !self.hides(name_before(before)) {
                continue;
            }
            let start = at + skipped;
            let end = start + value_after(after, skipped).len();
            if end <= done || start == end {
                continue;
            }
            if start >= done {
                out.push_str(&text[done..start]);
                out.push_str(MASKED);
            }
            // Else it is longer than the value that it begins in, which is masked already.
            done = end;
        }
        out.push_str(&text[done..]);
        out
    }
}

/// Lower case, words joined by hyphens; percent-encoding of brackets does not hide a name.
fn normal(name: &str) -> String {
    name.chars()
        .map(|c| if matches!(c, '_' | '.' | ' ') { '-' } else { c.to_ascii_lowercase() })
        .collect()
}

fn matches(pattern: &str, name: &str) -> bool {
    let (start, end) = (pattern.starts_with('*'), pattern.ends_with('*'));
    let bare = pattern.trim_matches('*');
    match (start, end) {
        (true, true) => name.contains(bare),
        (true, false) => name.ends_with(bare),
        (false, true) => name.starts_with(bare),
        (false, false) => name == bare,
    }
}

/// The word that ends at the end of `text`, without the quote around it.
fn name_before(text: &str) -> &str {
    let text = text.trim_end_matches(' ');
    let text = text.strip_suffix('"').unwrap_or(text);
    let is_of_name = |c: char| c.is_alphanumeric() || "_-.[]%".contains(c);
    let start = text
        .rfind(|c| !is_of_name(c))
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    &text[start..]
}

/// `name=value` always; with a colon only `"name": ...` and `name: "..."`, for prose has colons too. And
/// prose says what key is missing.
fn is_pair(before: &str, after: &str, skipped: usize) -> bool {
    after.starts_with('=')
        || before.ends_with('"')
        || after[..skipped].ends_with('"') && !name_before(before).eq_ignore_ascii_case("key")
}

/// How many bytes there are from the separator to the value.
fn opening(after: &str) -> usize {
    let spaces = after[1..].len() - after[1..].trim_start_matches(' ').len();
    let quote = after[1 + spaces..].starts_with(['"', '\'']);
    1 + spaces + usize::from(quote)
}

fn value_after(after: &str, skipped: usize) -> &str {
    let value = &after[skipped..];
    let end = match after[..skipped].chars().last() {
        Some(quote @ ('"' | '\'')) => value.find(quote),
        _ => value.find(|c: char| c.is_whitespace() || "&;,\"'<>)}".contains(c)),
    };
    &value[..end.unwrap_or(value.len())]
}

/// `scheme://user:password@host` without user and password. As far as the last `@` of the word, because
/// a password may hold what ends an authority, if it was not encoded.
fn without_users(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let end = end_of_address(after);
        if let Some(at) = after[..end].rfind('@') {
            out.push_str(MASKED);
            out.push_str(&after[at..end]);
            rest = &after[end..];
        } else {
            // What follows may be an address in the query of this one.
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

fn end_of_address(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || "\"'<>`".contains(c)).unwrap_or(text.len())
}

/// The secrets that were met, to be found again in texts that nobody knows the names of.
#[derive(Debug, Default)]
pub(crate) struct Secrets {
    values: Vec<String>,
}

/// Shorter values are words: masking them would tear every text apart.
const MIN_SECRET_BYTES: usize = 6;
/// More are not looked for.
const MAX_SECRETS: usize = 512;
/// Longer ones neither.
const MAX_SECRET_BYTES: usize = 16 * 1024;

impl Secrets {
    /// Keeps the parts of `value` that are secret if `name` says so, and the passwords of addresses.
    pub(crate) fn learn(&mut self, mask: &Mask, name: &str, value: &str) {
        if mask.hides(name) {
            self.add(value);
            // `Bearer x`, `a=b; c=d`: each part may turn up by itself.
            value.split([' ', ';', ',', '=', '&']).for_each(|part| self.add(part));
        }
        for (_, after) in value.match_indices("://").map(|(at, _)| value.split_at(at + 3)) {
            let end = end_of_address(after);
            let Some((user, _)) = after[..end].rsplit_once('@') else { continue };
            self.add(user.split_once(':').map_or(user, |(_, password)| password));
        }
    }

    fn add(&mut self, value: &str) {
        let decoded = percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned();
        for value in [value, &decoded] {
            let value = value.trim();
            let fits = (MIN_SECRET_BYTES..=MAX_SECRET_BYTES).contains(&value.len());
            if fits && self.values.len() < MAX_SECRETS && !self.values.iter().any(|v| v == value) {
                self.values.push(value.to_owned());
            }
        }
    }

    /// The longest first: one may be part of another.
    pub(crate) fn sort(&mut self) {
        self.values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    }

    /// `text` without them.
    pub(crate) fn scrub(&self, text: String) -> String {
        self.values.iter().fold(text, |text, secret| {
            if text.contains(secret.as_str()) {
                text.replace(secret.as_str(), MASKED)
            } else {
                text
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_sound_like_a_secret_are_hidden_in_every_spelling() {
        let mask = Mask::new();
        for name in [
            "Authorization",
            "PROXY_AUTHORIZATION",
            "Cookie",
            "set-cookie",
            "X-CSRF-Token",
            "CLIENT_SECRET",
            "db.password",
            "APP_KEY",
            "x-api-key",
            "AWS_SECRET_ACCESS_KEY",
            "PGPASSWD",
        ] {
            assert!(mask.hides(name), "{name}");
        }
        for name in ["accept", "HOME", "PATH", "user-agent", "cookies-eaten", "PWD"] {
            assert!(!mask.hides(name), "{name}");
        }
        assert!(Mask::new().hide("x-mine").hides("X_Mine"));
    }

    #[test]
    fn secrets_in_texts_are_masked_by_their_form() {
        let mask = Mask::new();
        for (text, expected) in [
            ("redis://:pw@h:1/0", "redis://********@h:1/0"),
            ("amqp://a:p/q?#@h/v and http://b:c@d", "amqp://********@h/v and http://********@d"),
            ("host=db password=hunter2 user=app", "host=db password=******** user=app"),
            ("password = 'hunter 2' x", "password = '********' x"),
            (r#"{"token": "abc", "n": 1}"#, r#"{"token": "********", "n": 1}"#),
            (r#"Config { api_key: "abc", port: 1 }"#, r#"Config { api_key: "********", port: 1 }"#),
            ("?a=1&access_token=x%20y&b=2", "?a=1&access_token=********&b=2"),
            ("user[password]=x", "user[password]=********"),
            ("unknown key: \"title\", expected: a", "unknown key: \"title\", expected: a"),
            ("https://docs.rs/x/a?b=c", "https://docs.rs/x/a?b=c"),
            ("key= \" Config { password: \"abc\" }", "key= \"********\"********\" }"),
            ("token=password=abc d", "token=******** d"),
            ("ü=ä: ö://", "ü=ä: ö://"),
            ("", ""),
        ] {
            assert_eq!(mask.text(text), expected);
        }
    }

    #[test]
    fn the_mask_does_not_tell_the_length() {
        let mask = Mask::new();
        assert_eq!(mask.value("password", "a"), mask.value("password", &"a".repeat(99)));
        assert_eq!(mask.value("password", ""), "");
    }

    #[test]
    fn a_secret_is_found_again_where_nothing_names_it() {
        let (mask, mut secrets) = (Mask::new(), Secrets::default());
        secrets.learn(&mask, "DATABASE_URL", "postgres://app:hun%74er22@db/shop");
        secrets.learn(&mask, "Authorization", "Bearer abcdefgh");
        secrets.learn(&mask, "API_KEY", "short");
        secrets.sort();
        let text = "no user hunter22 or hun%74er22 with abcdefgh in a short text";
        assert_eq!(
            secrets.scrub(text.to_owned()),
            "no user ******** or ******** with ******** in a short text"
        );
    }
}
