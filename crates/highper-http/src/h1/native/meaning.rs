//! What the fields of a head say about its connection and its body.

use super::chars::is_plain_host;
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
#[derive(Debug, Default)]
pub(super) struct Meaning {
    is_http_10: bool,
    has_host: bool,
    length: Option<u64>,
    is_chunked: bool,
    close: bool,
    keep_alive: bool,
    connection_upgrade: bool,
    upgrade: bool,
    expects_continue: bool,
}

impl Meaning {
    /// Of a head without fields.
    #[inline]
    pub(super) fn new(is_http_10: bool) -> Self {
        Self { is_http_10, ..Self::default() }
    }

    /// False where the field is not as it should be. Its value are the first `length` bytes of `room`.
    #[inline(always)]
    pub(super) fn take(&mut self, name: &[u8], room: &[u8], length: usize) -> bool {
        if is(name, b"host") {
            return self.host(room, length);
        }
        // Of a longer name it is the rest of its length: that is found to be another.
        let first = name.first().map_or(0, |first| first & 0x1F);
        let is_of_interest = LENGTHS >> (name.len() & 0x1F) & FIRSTS >> first & 1 == 1;
        !is_of_interest || self.take_known(name, &room[..length])
    }

    #[inline(never)]
    fn take_known(&mut self, name: &[u8], value: &[u8]) -> bool {
        match name.len() {
            6 if is(name, b"expect") => {
                self.expects_continue = value.eq_ignore_ascii_case(b"100-continue");
                true
            }
            7 if is(name, b"upgrade") => {
                self.upgrade = !self.is_http_10;
                true
            }
            10 if is(name, b"connection") => {
                self.connection(value);
                true
            }
            14 if is(name, b"content-length") => self.content_length(value),
            17 if is(name, b"transfer-encoding") => {
                let is_first = !std::mem::replace(&mut self.is_chunked, true);
                is_first && !self.is_http_10 && value.eq_ignore_ascii_case(b"chunked")
            }
            _ => true,
        }
    }

    #[inline]
    fn host(&mut self, room: &[u8], length: usize) -> bool {
        let is_first = !std::mem::replace(&mut self.has_host, true);
        is_first && (is_plain_host(room, length) || is_host(&room[..length]))
    }

    fn content_length(&mut self, value: &[u8]) -> bool {
        let digits = std::str::from_utf8(value).ok();
        let digits = digits.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let Some(length) = digits.and_then(|text| text.parse().ok()) else { return false };
        self.length.replace(length).is_none()
    }

    fn connection(&mut self, value: &[u8]) {
        // As browsers say it.
        if value == b"keep-alive" {
            self.keep_alive = true;
            return;
        }
        for option in value.split(|byte| *byte == b',') {
            let option = option.trim_ascii();
            self.close |= option.eq_ignore_ascii_case(b"close");
            self.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
            self.connection_upgrade |= option.eq_ignore_ascii_case(b"upgrade");
        }
    }

    /// What all fields together say; none where they contradict each other.
    #[inline]
    pub(super) fn head(&self, length: usize) -> Option<Head> {
        let body = self.body()?;
        Some(Head {
            length,
            body,
            is_http_10: self.is_http_10,
            is_persistent: self.is_persistent(),
            expects_continue: self.expects_continue && !self.is_http_10,
            upgrade: self.upgrade && self.connection_upgrade && body == BodyFraming::Length(0),
        })
    }

    fn is_persistent(&self) -> bool {
        !self.close && (!self.is_http_10 || self.keep_alive)
    }

    /// None where the body's end would be ambiguous, or there is no Host.
    #[inline]
    fn body(&self) -> Option<BodyFraming> {
        if !self.has_host && !self.is_http_10 {
            return None;
        }
        match (self.is_chunked, self.length) {
            (true, Some(_)) => None,
            (true, None) => Some(BodyFraming::Chunked),
            (false, length) => Some(BodyFraming::Length(length.unwrap_or(0))),
        }
    }
}

/// The names, beside Host, that say something about the connection or the body.
const KNOWN: [&str; 5] = ["expect", "upgrade", "connection", "content-length", "transfer-encoding"];

/// A bit for each of their lengths.
const LENGTHS: u32 = {
    let (mut bits, mut at) = (0, 0);
    while at < KNOWN.len() {
        bits |= 1 << KNOWN[at].len();
        at += 1;
    }
    bits
};

/// A bit for each letter that they begin with.
const FIRSTS: u32 = {
    let (mut bits, mut at) = (0, 0);
    while at < KNOWN.len() {
        bits |= 1 << (KNOWN[at].as_bytes()[0] & 0x1F);
        at += 1;
    }
    bits
};

/// Is a token `known`, which is in lower case, in any case? In tokens nothing but letters becomes another
/// letter, or `-`, by this bit.
#[inline]
fn is<const N: usize>(token: &[u8], known: &[u8; N]) -> bool {
    token.len() == N && token.iter().zip(known).all(|(byte, known)| byte | 0x20 == *known)
}
