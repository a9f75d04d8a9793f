//! What is never written down: secrets, by the name of their field or by the look of their text.

use memchr::{memchr, memmem};

/// What stands in the place of a secret. Always the same, so that not even a length is told.
pub const MASK: &str = "[redacted]";

/// Which values are masked.
///
/// The default hides fields whose name holds `authorization`, `cookie`, `password`, `passwd`,
/// `secret`, `token` or `credential` in any case, or has `key` or `pwd` as a word of its own (`api_key`,
/// `apiKey`, not `monkey` or `keyboard`); the user and password of every URL (`scheme://user:password@host`);
/// and what follows `Bearer `.
///
/// Masking happens before a line leaves the thread that made it.
///
/// # Example
/// ```
/// use highper_log::Redaction;
///
/// let redaction = Redaction::default().key("iban").after("sk_live_");
/// assert!(redaction.hides("customer_iban") && redaction.hides("X-Api-Key"));
/// assert!(!redaction.hides("keyboard"));
/// ```
#[derive(Clone, Debug)]
pub struct Redaction {
    /// In lower case, at most [`MAX_WORD`] bytes each.
    keys: Vec<Box<str>>,
    prefixes: Vec<memmem::Finder<'static>>,
    urls: Option<memmem::Finder<'static>>,
    /// The bytes that what is looked for begins with.
    begins: Box<[bool; 256]>,
}

impl Default for Redaction {
    fn default() -> Self {
        let mut redaction = Self::none();
        redaction.urls = Some(memmem::Finder::new("://"));
        redaction.begins[usize::from(b':')] = true;
        DENIED.into_iter().fold(redaction, Self::key).after("Bearer ")
    }
}

impl Redaction {
    /// Hides nothing, to build a list of one's own on.
    #[must_use]
    pub fn none() -> Self {
        let begins = Box::new([false; 256]);
        Self { keys: Vec::new(), prefixes: Vec::new(), urls: None, begins }
    }

    /// Hides fields by a part of their name, in any case. A part of up to four letters has to be a
    /// word of the name (`key` in `api_key`), a longer one may stand anywhere in it.
    #[must_use]
    pub fn key(mut self, part: &str) -> Self {
        self.keys.push(part.to_ascii_lowercase().into());
        self
    }

    /// Hides what follows `prefix` in any text, up to a space, comma, quote or ampersand.
    ///
    /// An empty prefix is no prefix and hides nothing.
    #[must_use]
    pub fn after(mut self, prefix: &str) -> Self {
        if let Some(&first) = prefix.as_bytes().first() {
            self.begins[usize::from(first)] = true;
            self.prefixes.push(memmem::Finder::new(prefix.as_bytes()).into_owned());
        }
        self
    }

    /// Is the value of a field of this name masked?
    #[must_use]
    pub fn hides(&self, name: &str) -> bool {
        self.keys.iter().any(|key| holds(name, key))
    }

    /// May there be anything to mask? To look for the first bytes of secrets is much less than to look for
    /// secrets, where the text is short.
    #[inline]
    pub(crate) fn suspects(&self, text: &str) -> bool {
        // Without a branch for each byte.
        text.bytes().fold(false, |any, byte| any | self.begins[usize::from(byte)])
    }

    /// Masks what looks like a secret in a line, from a place in it on. Escapes of JSON stay whole.
    #[inline]
    pub(crate) fn mask(&self, out: &mut Vec<u8>, from: usize) {
        if let Some(urls) = &self.urls {
            mask_each(out, from, urls, user_of);
        }
        for prefix in &self.prefixes {
            mask_each(out, from, prefix, |rest| {
                Some(rest.iter().position(|&byte| ends_secret(byte)).unwrap_or(rest.len()))
            });
        }
    }
}

/// Masks the bytes behind each hit of `finder`, as many as `secret` says.
#[inline]
fn mask_each(
    out: &mut Vec<u8>,
    mut from: usize,
    finder: &memmem::Finder<'_>,
    secret: impl Fn(&[u8]) -> Option<usize>,
) {
    while let Some(hit) = finder.find(&out[from..]) {
        let begin = from + hit + finder.needle().len();
        let length = secret(&out[begin..]).unwrap_or(0);
        from = begin;
        if length > 0 {
            out.splice(begin..begin + length, MASK.bytes());
            from += MASK.len();
        }
    }
}

/// How many bytes of what follows `://` are user and password.
///
/// They end at the last `@` before the path. A password with a bare `/` makes no valid URL but is
/// common: where what stands before the `/` is no host with a port, the `@` may come behind it.
fn user_of(rest: &[u8]) -> Option<usize> {
    let end = rest.iter().position(|&byte| ends_url(byte)).unwrap_or(rest.len());
    let url = &rest[..end];
    let authority = url.iter().position(|byte| b"/?#".contains(byte)).unwrap_or(url.len());
    let last_at = |part: &[u8]| part.iter().rposition(|&byte| byte == b'@');
    last_at(&url[..authority]).or_else(|| {
        let colon = memchr(b':', &url[..authority])?;
        let port = &url[colon + 1..authority];
        if port.iter().all(u8::is_ascii_digit) || port.contains(&b']') {
            return None;
        }
        last_at(url)
    })
}

fn ends_url(byte: u8) -> bool {
    byte <= b' ' || matches!(byte, b'"' | b'\\' | b'<' | b'>')
}

fn ends_secret(byte: u8) -> bool {
    byte <= b' ' || matches!(byte, b'"' | b'\\' | b'\'' | b',' | b'&' | b';')
}

/// Does `name` hold `part`, which is in lower case, in any case?
fn holds(name: &str, part: &str) -> bool {
    let (name, part) = (name.as_bytes(), part.as_bytes());
    if part.is_empty() || part.len() > name.len() {
        return false;
    }
    let mut places = name.windows(part.len()).enumerate();
    places.any(|(at, window)| {
        window.eq_ignore_ascii_case(part)
            && (part.len() > MAX_WORD || is_word(name, at, part.len()))
    })
}

/// Does a word begin at `at` and end `length` bytes further: `api_key`, `apiKey`, `key2`?
fn is_word(name: &[u8], at: usize, length: usize) -> bool {
    let begins = at == 0
        || !name[at - 1].is_ascii_alphabetic()
        || (name[at].is_ascii_uppercase() && name[at - 1].is_ascii_lowercase());
    let ends = match (name[at + length - 1], name.get(at + length)) {
        (_, None) => true,
        (last, Some(next)) => {
            !next.is_ascii_alphabetic() || (next.is_ascii_uppercase() && last.is_ascii_lowercase())
        }
    };
    begins && ends
}

const DENIED: [&str; 10] = [
    "authorization",
    "cookie",
    "password",
    "passwd",
    "secret",
    "token",
    "credential",
    "apikey",
    "key",
    "pwd",
];

/// Parts of names up to this length hide only whole words: `key` is in too many others.
const MAX_WORD: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        let mut out = text.as_bytes().to_vec();
        Redaction::default().after("sk_live_").mask(&mut out, 0);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn names_of_secrets_are_known_in_every_spelling() {
        let redaction = Redaction::default();
        for name in [
            "authorization",
            "Proxy-Authorization",
            "set-cookie",
            "user.password",
            "dbPassword",
            "client_secret",
            "accessToken",
            "tokens",
            "key",
            "api_key",
            "apiKey",
            "apikey",
            "X-API-KEY",
            "key2",
        ] {
            assert!(redaction.hides(name), "{name}");
        }
        for name in ["", "path", "monkey", "keyboard", "hockey", "keys_pressed", "status", "author"]
        {
            assert!(!redaction.hides(name), "{name}");
        }
        assert!(!Redaction::none().hides("password"));
    }

    #[test]
    fn the_user_and_password_of_a_url_are_masked_and_its_rest_stays() {
        for (raw, safe) in [
            ("postgres://shop:s3cret@db:5432/x", "postgres://[redacted]@db:5432/x"),
            ("at redis://:pw@h/0, at b://u@h", "at redis://[redacted]@h/0, at b://[redacted]@h"),
            ("amqp://u:p/w@d@h/v", "amqp://[redacted]@h/v"),
            ("https://h/p?to=a@b.c", "https://h/p?to=a@b.c"),
            ("https://h:80/p?to=a@b.c", "https://h:80/p?to=a@b.c"),
            ("https://[::1]:80/@x", "https://[::1]:80/@x"),
            ("http://a http://u:p@h", "http://a http://[redacted]@h"),
            ("nothing://", "nothing://"),
        ] {
            assert_eq!(masked(raw), safe);
        }
    }

    #[test]
    fn what_follows_a_prefix_is_masked_up_to_the_end_of_its_word() {
        assert_eq!(masked("got Bearer abc.def-ghi, then"), "got Bearer [redacted], then");
        assert_eq!(masked(r#"{"a":"sk_live_123\n"}"#), r#"{"a":"sk_live_[redacted]\n"}"#);
        assert_eq!(masked("Bearer "), "Bearer ");
    }
}
