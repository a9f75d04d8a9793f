//! What the fields of a head say about its connection and its body.

use highper_core::RawField;

use super::chars::{begins_with, colons, digits, of_hosts, part, run};
use crate::h1::head::BodyFraming;
use crate::h1::host::is_host;

/// What a head says about the connection, beside the request that it makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// How many bytes it takes.
    pub(super) length: usize,
    pub(super) body: BodyFraming,
    pub(super) is_http_10: bool,
    /// Another request may come after this one (RFC 9112, section 9.3).
    pub(super) is_persistent: bool,
    /// The client waits for a 100 before it sends the body (RFC 9110, section 10.1.1).
    pub(super) expects_continue: bool,
    /// The connection may change to another protocol (RFC 9110, section 7.8).
    pub(super) upgrade: bool,
}

/// What the fields that matter here say.
#[derive(Debug)]
pub(super) struct Meaning {
    /// All of it but a length, one bit each.
    said: u16,
    length: u64,
}

const IS_HTTP_10: u16 = 1;
const HOST: u16 = 1 << 1;
const LENGTH: u16 = 1 << 2;
const CHUNKED: u16 = 1 << 3;
const CLOSE: u16 = 1 << 4;
const KEEP_ALIVE: u16 = 1 << 5;
const UPGRADE: u16 = 1 << 6;
const CONNECTION_UPGRADE: u16 = 1 << 7;
const CONTINUE: u16 = 1 << 8;

const CONNECTION_OPTIONS: [(&[u8], u16); 3] =
    [(b"close", CLOSE), (b"keep-alive", KEEP_ALIVE), (b"upgrade", CONNECTION_UPGRADE)];

impl Head {
    /// A GET as browsers send it, but for its length.
    pub(super) const PLAIN: Self = Self {
        length: 0,
        body: BodyFraming::Length(0),
        is_http_10: false,
        is_persistent: true,
        expects_continue: false,
        upgrade: false,
    };
}

/// There is no request yet.
impl Default for Head {
    fn default() -> Self {
        Self::PLAIN
    }
}

impl Meaning {
    /// Of a head without fields.
    #[inline]
    pub(super) fn new(is_http_10: bool) -> Self {
        Self { said: if is_http_10 { IS_HTTP_10 } else { 0 }, length: 0 }
    }

    /// False where a field in `room` is not as it should be.
    #[inline(always)]
    pub(super) fn take(&mut self, room: &[u8], field: &RawField) -> bool {
        // Of a longer name it is the rest of its length: that is found to be another.
        let first = FIRSTS[(field.name_length & 0x1F) as usize];
        room[field.name as usize] | 0x20 != first || self.take_known(room, field)
    }

    #[inline(never)]
    fn take_known(&mut self, room: &[u8], field: &RawField) -> bool {
        let name = part(room, field.name).copied().unwrap_or_else(|| padded(field.name(room)));
        let is = |known| begins_with(&name, known, field.name_length.min(16));
        match field.name_length {
            // Nothing stands before a colon.
            0 => false,
            4 if is(b"host            ") => self.say_once(HOST) && is_host_in(room, field),
            6 if is(b"expect          ") => self.expect(field.value(room)),
            7 if is(b"upgrade         ") => self.say(UPGRADE),
            10 if is(b"connection      ") => self.connection(field.value(room)),
            14 if is(b"content-length  ") => self.content_length(field.value(room)),
            17 if field.name(room).eq_ignore_ascii_case(b"transfer-encoding") => {
                self.transfer_encoding(field.value(room))
            }
            _ => true,
        }
    }

    #[inline]
    fn say(&mut self, what: u16) -> bool {
        self.said |= what;
        true
    }

    /// False where it was said before.
    #[inline]
    fn say_once(&mut self, what: u16) -> bool {
        let is_first = !self.says(what);
        self.said |= what;
        is_first
    }

    #[inline]
    fn says(&self, what: u16) -> bool {
        self.said & what != 0
    }

    fn expect(&mut self, value: &[u8]) -> bool {
        // The last one counts.
        self.said &= !CONTINUE;
        !value.eq_ignore_ascii_case(b"100-continue") || self.say(CONTINUE)
    }

    #[inline]
    fn connection(&mut self, value: &[u8]) -> bool {
        // As browsers say it.
        if value == b"keep-alive" { self.say(KEEP_ALIVE) } else { self.options(value) }
    }

    fn options(&mut self, value: &[u8]) -> bool {
        for option in value.split(|byte| *byte == b',') {
            let option = option.trim_ascii();
            for (known, what) in CONNECTION_OPTIONS {
                if option.eq_ignore_ascii_case(known) {
                    self.said |= what;
                }
            }
        }
        true
    }

    fn content_length(&mut self, value: &[u8]) -> bool {
        let digits = std::str::from_utf8(value).ok();
        let digits = digits.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let Some(length) = digits.and_then(|text| text.parse().ok()) else { return false };
        self.length = length;
        self.say_once(LENGTH)
    }

    fn transfer_encoding(&mut self, value: &[u8]) -> bool {
        let is_first = self.say_once(CHUNKED);
        is_first && !self.says(IS_HTTP_10) && value.eq_ignore_ascii_case(b"chunked")
    }

    /// What all fields together say; none where they contradict each other.
    #[inline]
    pub(super) fn head(&self, length: usize) -> Option<Head> {
        // As nearly all requests say it.
        if self.said & !KEEP_ALIVE == HOST {
            return Some(Head { length, ..Head::PLAIN });
        }
        self.odd_head(length)
    }

    fn odd_head(&self, length: usize) -> Option<Head> {
        let body = self.body()?;
        let is_http_10 = self.says(IS_HTTP_10);
        let upgrades = self.says(UPGRADE) && self.says(CONNECTION_UPGRADE) && !is_http_10;
        Some(Head {
            length,
            body,
            is_http_10,
            is_persistent: !self.says(CLOSE) && (!is_http_10 || self.says(KEEP_ALIVE)),
            expects_continue: self.says(CONTINUE) && !is_http_10,
            upgrade: upgrades && body == BodyFraming::Length(0),
        })
    }

    /// None where the body's end would be ambiguous, or there is no Host.
    fn body(&self) -> Option<BodyFraming> {
        if !self.says(HOST) && !self.says(IS_HTTP_10) {
            return None;
        }
        match (self.says(CHUNKED), self.says(LENGTH)) {
            (true, true) => None,
            (true, false) => Some(BodyFraming::Chunked),
            (false, _) => Some(BodyFraming::Length(self.length)),
        }
    }
}

/// Is the value that of Host?
#[inline]
fn is_host_in(room: &[u8], field: &RawField) -> bool {
    let value = part(room, field.value);
    value.is_some_and(|value| is_short_host(value, field.value_length))
        || is_host(field.value(room))
}

/// Do these bytes begin with a name or an IPv4 address, and perhaps a port, of so many bytes?
#[inline]
fn is_short_host(bytes: &[u8; 16], length: u32) -> bool {
    let name = run(of_hosts(bytes));
    if name >= length {
        return true;
    }
    let before_port = (2 << name) - 1;
    let has_port = colons(bytes) >> name & 1 == 1;
    has_port && length <= 16 && run(digits(bytes) | before_port) >= length
}

/// The first 16 bytes of a name that ends where the room nearly does.
#[cold]
fn padded(name: &[u8]) -> [u8; 16] {
    std::array::from_fn(|at| name.get(at).copied().unwrap_or_default())
}

/// The names that say something about the connection or the body; each is of another length.
const KNOWN: [&str; 6] =
    ["host", "expect", "upgrade", "connection", "content-length", "transfer-encoding"];

/// By length, the letter that such a name begins with; and the colon, where there is no name.
const FIRSTS: [u8; 32] = {
    let mut firsts = [0; 32];
    firsts[0] = b':';
    let mut at = 0;
    while at < KNOWN.len() {
        firsts[KNOWN[at].len()] = KNOWN[at].as_bytes()[0];
        at += 1;
    }
    firsts
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_host_is_a_name_or_an_address_and_may_have_a_port() {
        let is_short = |host: &str| {
            let bytes = format!("{host}\r\n{:16}", "");
            is_short_host(bytes.as_bytes().first_chunk().unwrap(), host.len() as u32)
        };
        for host in
            ["", "a", "a-b.example:80", "127.0.0.1:1", "a:", "long.example.com", "abc.example:8080"]
        {
            assert!(is_short(host), "{host}");
        }
        for other in [
            "[::1]",
            "a:b",
            "a:80:81",
            "a_b",
            "a@b",
            "a, b",
            ":a",
            "a/b",
            "longer.example.com",
            "long.example.com:1",
        ] {
            assert!(!is_short(other), "{other}");
        }
    }
}
