//! Which trace a request belongs to: the header `traceparent` of W3C Trace Context.

use std::cell::Cell;
use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::str::FromStr;

use highper_core::http::HeaderName;
use highper_core::{Container, FromRequest, MissingBinding, Request};

/// The place of a request in a trace: the header `traceparent` of W3C Trace Context, level 1.
///
/// As an extractor it is that of the request at hand, which [`AccessLog`](crate::AccessLog) puts into its
/// headers; give [`child`](Self::child) of it to whom you ask on its behalf.
///
/// Ids are random and unique, not secret.
///
/// # Example
/// ```
/// use highper_log::TraceParent;
///
/// let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// let parent: TraceParent = header.parse()?;
/// assert_eq!(parent.to_string(), header);
/// let child = parent.child();
/// assert_eq!(child.trace_id(), parent.trace_id());
/// assert_ne!(child.span_id(), parent.span_id());
/// # Ok::<(), highper_log::InvalidTraceParent>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceParent {
    /// Neither id is ever zero.
    trace_id: u128,
    span_id: u64,
    flags: u8,
}

impl TraceParent {
    /// The beginning of a new trace, not sampled.
    #[must_use]
    #[inline]
    pub fn root() -> Self {
        let trace_id = u128::from(random()) << 64 | u128::from(random());
        Self { trace_id, span_id: random(), flags: 0 }
    }

    /// A place that somebody else has made. None if an id is zero.
    #[must_use]
    pub fn new(trace_id: u128, span_id: u64, is_sampled: bool) -> Option<Self> {
        let flags = if is_sampled { SAMPLED } else { 0 };
        (trace_id != 0 && span_id != 0).then_some(Self { trace_id, span_id, flags })
    }

    /// Another place in the same trace.
    #[must_use]
    #[inline]
    pub fn child(&self) -> Self {
        Self { span_id: random(), ..*self }
    }

    /// The id of the whole trace; never zero.
    #[must_use]
    pub fn trace_id(&self) -> u128 {
        self.trace_id
    }

    /// The id of this place in it; never zero.
    #[must_use]
    pub fn span_id(&self) -> u64 {
        self.span_id
    }

    /// Does the one who asked record this trace?
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        self.flags & SAMPLED != 0
    }

    /// That of a request, if it has exactly one that is valid.
    #[inline]
    #[must_use]
    pub fn of(request: &Request) -> Option<Self> {
        let first = parse(request.header(&TRACEPARENT)?.as_bytes())?;
        let is_alone = request.header_all(TRACEPARENT.as_str()).nth(1).is_none();
        is_alone.then_some(first)
    }

    /// The header as it is sent.
    #[inline]
    #[must_use]
    pub fn to_bytes(self) -> [u8; LENGTH] {
        let mut bytes = *b"00-00000000000000000000000000000000-0000000000000000-00";
        bytes[3..19].copy_from_slice(&digits((self.trace_id >> 64) as u64));
        bytes[19..35].copy_from_slice(&digits(self.trace_id as u64));
        bytes[36..52].copy_from_slice(&digits(self.span_id));
        // Of the flags only the first is known.
        bytes[54] = b'0' | self.flags;
        bytes
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.to_bytes()))
    }
}

impl FromStr for TraceParent {
    type Err = InvalidTraceParent;

    /// Reads version 00, and the part of later versions that is the same (section 3.2 and 4.3).
    fn from_str(text: &str) -> Result<Self, InvalidTraceParent> {
        parse(text.as_bytes()).ok_or(InvalidTraceParent(()))
    }
}

/// The place that the access log found, or a new trace where there is no access log.
impl FromRequest for TraceParent {
    type Bound = ();
    type Rejection = Infallible;

    fn bind(_: &Container) -> Result<(), MissingBinding> {
        Ok(())
    }

    async fn from_request((): &(), request: &mut Request) -> Result<Self, Infallible> {
        Ok(Self::of(request).unwrap_or_else(Self::root))
    }
}

/// A text that is no `traceparent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidTraceParent(());

impl fmt::Display for InvalidTraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "this is no traceparent: two digits, 32, 16 and two, hexadecimal in lower case, joined \
             by `-`, and neither id zero",
        )
    }
}

impl Error for InvalidTraceParent {}

fn parse(text: &[u8]) -> Option<TraceParent> {
    let (known, rest) = text.split_at_checked(LENGTH)?;
    let version = hex(&known[..2])?;
    let may_be_longer = version != 0 && rest.starts_with(b"-");
    let is_joined = [2, 35, 52].iter().all(|&at| known[at] == b'-');
    if version == 0xFF || !is_joined || !(rest.is_empty() || may_be_longer) {
        return None;
    }
    let trace_id = hex(&known[3..35]).filter(|id| *id != 0)?;
    let span_id = hex(&known[36..52]).filter(|id| *id != 0)?;
    // Of later versions only the first flag is known.
    let flags = hex(&known[53..55])? as u8 & SAMPLED;
    Some(TraceParent { trace_id, span_id: span_id as u64, flags })
}

/// Up to 32 digits, in lower case only.
#[inline]
fn hex(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0, |number, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u128::from(value))
    })
}

/// A number as hexadecimal digits.
#[inline]
fn digits(number: u64) -> [u8; 16] {
    let mut all = [0; 16];
    all[..8].copy_from_slice(&eight_digits((number >> 32) as u32));
    all[8..].copy_from_slice(&eight_digits(number as u32));
    all
}

/// Eight digits at once: each is moved into a byte of its own, and all become letters and figures by one
/// addition. Ids are written for every request, and digit by digit that is much of what its line costs.
#[inline]
fn eight_digits(number: u32) -> [u8; 8] {
    const EACH: u64 = u64::from_le_bytes([1; 8]);
    let pairs = u64::from(number);
    let pairs = (pairs | pairs << 16) & 0x0000_FFFF_0000_FFFF;
    let pairs = (pairs | pairs << 8) & 0x00FF_00FF_00FF_00FF;
    let values = (pairs | pairs << 4) & 0x0F0F_0F0F_0F0F_0F0F;
    let letters = (values + EACH * 6) >> 4 & EACH;
    (values + EACH * u64::from(b'0') + letters * u64::from(b'a' - b'9' - 1)).to_be_bytes()
}

/// A number that is not zero: SplitMix64 from where the system's randomness put this thread.
#[inline]
fn random() -> u64 {
    loop {
        let state = STATE.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        STATE.set(state);
        let mixed = (state ^ state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        match mixed ^ mixed >> 31 {
            0 => {}
            number => return number,
        }
    }
}

/// The header's name.
pub(crate) static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The length of the header in version 00.
pub(crate) const LENGTH: usize = 55;

const SAMPLED: u8 = 1;

thread_local! {
    static STATE: Cell<u64> = Cell::new(RandomState::new().hash_one("traces"));
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn what_is_valid_is_read_and_written_as_version_00() {
        let ids = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";
        for (text, flags) in [
            (format!("00-{ids}-00"), "00"),
            (format!("00-{ids}-01"), "01"),
            (format!("00-{ids}-ff"), "01"),
            (format!("cc-{ids}-01"), "01"),
            (format!("cc-{ids}-01-what-the-future-brings"), "01"),
        ] {
            let parent: TraceParent = text.parse().unwrap_or_else(|_| panic!("{text}"));
            assert_eq!(parent.to_string(), format!("00-{ids}-{flags}"));
        }
    }

    #[test]
    fn what_is_not_valid_is_refused() {
        let (trace, span) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
        for text in [
            String::new(),
            "00".to_owned(),
            format!("ff-{trace}-{span}-01"),
            format!("00-{trace}-{span}-01-more"),
            format!("00-{trace}-{span}-1"),
            format!("00-{trace}-{span}-0x"),
            format!("cc-{trace}-{span}-01.more"),
            format!("00_{trace}_{span}_01"),
            format!("00-{}-{span}-01", trace.to_uppercase()),
            format!("00-{}-{span}-01", "0".repeat(32)),
            format!("00-{trace}-{}-01", "0".repeat(16)),
            format!("00-{trace}-{span}é01"),
        ] {
            assert!(text.parse::<TraceParent>().is_err(), "{text}");
        }
    }

    #[test]
    fn digits_are_those_of_the_number() {
        for number in [0, 1, 0x0123_4567_89ab_cdef, 0x9a9a_9a9a_9a9a_9a9a, u64::MAX] {
            assert_eq!(str::from_utf8(&digits(number)), Ok(&*format!("{number:016x}")));
        }
    }

    #[test]
    fn made_ids_are_valid_and_no_two_are_the_same() {
        let ids: HashSet<_> =
            (0..10_000).map(|_| TraceParent::root()).map(|it| it.span_id).collect();
        assert_eq!(ids.len(), 10_000);
        let root = TraceParent::root();
        assert_eq!(root.to_string().parse(), Ok(root));
        assert!(!root.is_sampled());
    }

    #[tokio::test]
    async fn two_headers_are_none() {
        let one = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let request = Request::get("/").with_header("traceparent", one);
        assert!(TraceParent::of(&request).is_some());
        assert!(TraceParent::of(&request.with_header("traceparent", one)).is_none());
    }
}
