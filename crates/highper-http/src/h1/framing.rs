//! Follows the messages of a connection byte by byte, so that always exactly one thing is known:
//! where each begins and ends.

use super::chunked::ChunkScan;
use super::head::{BodyFraming, HeadScan};
use super::plain_head::plain_head;
use super::refusal::Refusal;
use crate::Limits;
use crate::h2::frame_guard::FrameGuard;

/// Where in the stream of requests a connection is.
#[derive(Debug)]
pub(crate) enum Framing {
    /// Between two requests, or in a head.
    Head(HeadScan),
    /// So many bytes of a body are still to come.
    Length(u64),
    /// In a chunked body.
    Chunked(ChunkScan),
    /// After a request to upgrade: what the next bytes are, the answer decides.
    Undecided,
    /// HTTP/2, whose frames are counted.
    Http2(Box<FrameGuard>),
    /// Another protocol: not looked at.
    Raw,
    /// After a framing error: nothing more is read.
    Refused,
}

/// What was found in some bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Advance {
    /// So many bytes, from the first, are in order and may go to the engine.
    pub(crate) passed: usize,
    /// So many heads end among them.
    pub(crate) heads: u32,
    /// Nothing else was among them, and no wish to upgrade.
    pub(crate) only_heads: bool,
    /// Why what follows is refused.
    pub(crate) refusal: Option<Refusal>,
}

impl Framing {
    pub(crate) fn new() -> Self {
        Self::Head(HeadScan::default())
    }

    /// Reads on in `bytes`, which begin with the first that was not passed before.
    pub(crate) fn advance(&mut self, bytes: &[u8], limits: &Limits) -> Advance {
        let mut advance = Advance { passed: 0, heads: 0, only_heads: true, refusal: None };
        while advance.passed < bytes.len() {
            match self.step(&bytes[advance.passed..], limits) {
                Ok(Some(passed)) => {
                    advance.heads += u32::from(passed.ends_head);
                    advance.only_heads &= passed.ends_head && !matches!(self, Self::Undecided);
                    advance.passed += passed.bytes;
                }
                Ok(None) => break,
                Err(refusal) => {
                    *self = Self::Refused;
                    advance.refusal = Some(refusal);
                    break;
                }
            }
        }
        advance
    }

    /// One head, or one piece of a body; none where more bytes or a decision are needed.
    fn step(&mut self, bytes: &[u8], limits: &Limits) -> Result<Option<Passed>, Refusal> {
        match self {
            Self::Head(scan) => {
                if scan.is_untouched()
                    && let Some(length) = plain_head(bytes, limits)
                {
                    return Ok(Some(Passed { bytes: length, ends_head: true }));
                }
                let Some((length, body)) = scan.scan(bytes, limits)? else { return Ok(None) };
                *self = match body {
                    BodyFraming::Length(0) => Self::new(),
                    BodyFraming::Length(length) => Self::Length(length),
                    BodyFraming::Chunked => Self::Chunked(ChunkScan::new()),
                    BodyFraming::Upgrade => Self::Undecided,
                };
                Ok(Some(Passed { bytes: length, ends_head: true }))
            }
            Self::Length(left) => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= taken as u64;
                if *left == 0 {
                    *self = Self::new();
                }
                Ok(Some(Passed { bytes: taken, ends_head: false }))
            }
            Self::Chunked(scan) => {
                let taken = scan.scan(bytes)?;
                if scan.is_done() {
                    *self = Self::new();
                }
                Ok(Some(Passed { bytes: taken, ends_head: false }))
            }
            Self::Http2(guard) => {
                let bytes = guard.advance(bytes, limits);
                Ok((bytes > 0).then_some(Passed { bytes, ends_head: false }))
            }
            Self::Raw => Ok(Some(Passed { bytes: bytes.len(), ends_head: false })),
            Self::Undecided | Self::Refused => Ok(None),
        }
    }

    /// True between two requests, with no byte of the next.
    pub(crate) fn is_between(&self) -> bool {
        matches!(self, Self::Head(scan) if scan.is_untouched())
    }

    /// True in a body.
    pub(crate) fn is_in_body(&self) -> bool {
        matches!(self, Self::Length(_) | Self::Chunked(_))
    }
}

struct Passed {
    bytes: usize,
    ends_head: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &[u8] = b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n\
        POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc\
        POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n\n\n\n\r\n0\r\n\r\n\
        GET /4 HTTP/1.1\r\nHost: a\r\n\r\n";

    fn pass_in_pieces(stream: &[u8], cuts: &[usize]) -> (usize, u32, bool) {
        let (limits, mut framing) = (Limits::default(), Framing::new());
        let (mut from, mut heads) = (0, 0);
        for cut in cuts.iter().copied().chain([stream.len()]) {
            let advance = framing.advance(&stream[from..cut.max(from)], &limits);
            from += advance.passed;
            heads += advance.heads;
            if advance.refusal.is_some() {
                return (from, heads, true);
            }
        }
        (from, heads, false)
    }

    #[test]
    fn pipelined_requests_are_told_apart_however_they_are_cut() {
        for first in 0..STREAM.len() {
            for second in [first + 1, first + 7, STREAM.len() - 1] {
                let got = pass_in_pieces(STREAM, &[first, second.min(STREAM.len())]);
                assert_eq!(got, (STREAM.len(), 4, false), "cut at {first} and {second}");
            }
        }
    }

    #[test]
    fn nothing_after_a_framing_error_is_passed() {
        let stream =
            [STREAM, b"GET /5 HTTP/1.1\nHost: a\r\n\r\nGET /6 HTTP/1.1\r\nHost: a\r\n\r\n"]
                .concat();
        assert_eq!(pass_in_pieces(&stream, &[]), (STREAM.len(), 4, true));
    }

    #[test]
    fn after_a_request_to_upgrade_bytes_wait_for_the_answer() {
        let head =
            b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
        let stream = [&head[..], b"\x81\x00"].concat();
        assert_eq!(pass_in_pieces(&stream, &[]), (head.len(), 1, false));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic_or_pass_more_than_there_are(
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
            cut in 0..300_usize,
        ) {
            let (passed, _, _) = pass_in_pieces(&bytes, &[cut.min(bytes.len())]);
            proptest::prop_assert!(passed <= bytes.len());
        }
    }
}
