//! What a client sends: bytes in, requests and pieces of their bodies out. No socket, no clock, no runtime.

use std::mem;

use bytes::{Buf as _, Bytes, BytesMut};
use highper_core::Request;

use super::decoder::{Decoded, Decoder};
use super::meaning::Head;
use super::parse::parse;
use crate::Limits;
use crate::h1::head::{BodyFraming, HeadScan};
use crate::h1::refusal::Refusal;

/// The messages of one client, in their order.
///
/// It has memory only for half a head, and for what came behind the present request.
#[derive(Debug, Default)]
pub(super) struct Inbound {
    /// Come and not used yet.
    held: BytesMut,
    scan: HeadScan,
    /// Of the present request.
    head: Head,
    decoder: Decoder,
    /// The client sends the body once it has read a 100.
    owes_continue: bool,
    /// How much of a body that nobody reads may still be thrown away.
    discardable: usize,
    /// A body was no body, or the client has finished in it: nothing after it is a request.
    is_broken: bool,
}

/// The body of a request, when its head has come.
#[derive(Debug)]
pub(super) enum Incoming {
    Nothing,
    /// All of it.
    Whole(Bytes),
    /// So many bytes are still to come, if it was told.
    Coming(Option<u64>),
}

/// How far the rest of a body that nobody reads is thrown away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Discarded {
    All,
    /// More has to come.
    SoFar,
    /// It is malformed, or more than the connection is worth.
    No,
}

/// So much of a body that its handler has not read is read and dropped, to keep the connection.
const MAX_DISCARDED: usize = 64 * 1024;

impl Inbound {
    /// With what has come already.
    pub(super) fn new(first: BytesMut) -> Self {
        Self { held: first, ..Self::default() }
    }

    /// Of the present request.
    #[inline]
    pub(super) fn head(&self) -> &Head {
        &self.head
    }

    /// True where all that came is used up.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// True where the body of the present request is read to its end.
    #[inline]
    pub(super) fn is_at_head(&self) -> bool {
        self.decoder.is_done()
    }

    /// True where no request comes any more.
    #[inline]
    pub(super) fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// [At a head](Self::is_at_head): takes the first `read` bytes of `room`, and gives the next request if that is
    /// the whole of its head. Where [something was held](Self::is_empty) before, [`next_held`](Self::next_held) tells.
    ///
    /// More room is worth its memory: see [`parse`].
    #[inline]
    pub(super) fn receive(
        &mut self,
        room: &[u8],
        read: usize,
        limits: &Limits,
    ) -> Result<Option<Request>, Refusal> {
        debug_assert!(self.is_at_head());
        if !self.held.is_empty() {
            self.hold(&room[..read]);
            return Ok(None);
        }
        let found = self.parse(room, read, limits)?;
        let used = found.as_ref().map_or(0, |_| self.head.length);
        if used < read {
            self.hold(&room[used..read]);
        }
        Ok(found)
    }

    /// The next request, of what is held.
    #[inline]
    pub(super) fn next_held(&mut self, limits: &Limits) -> Result<Option<Request>, Refusal> {
        if self.held.is_empty() { Ok(None) } else { self.parse_held(limits) }
    }

    fn parse_held(&mut self, limits: &Limits) -> Result<Option<Request>, Refusal> {
        let held = mem::take(&mut self.held);
        let found = self.parse(&held, held.len(), limits);
        self.held = held;
        if let Ok(Some(_)) = &found {
            self.use_up(self.head.length);
        }
        found
    }

    /// Parses a head as a whole; one that comes in pieces is looked at line by line until it is.
    #[inline]
    fn parse(
        &mut self,
        room: &[u8],
        read: usize,
        limits: &Limits,
    ) -> Result<Option<Request>, Refusal> {
        if !self.scan.is_untouched() && self.scan.scan(&room[..read], limits)?.is_none() {
            return Ok(None);
        }
        let Some(request) = parse(room, read, limits, &mut self.head)? else {
            self.scan.scan(&room[..read], limits)?;
            return Ok(None);
        };
        if !self.scan.is_untouched() {
            self.scan = HeadScan::default();
        }
        self.owes_continue = false;
        Ok(Some(request))
    }

    /// Holds what came of a body, or behind one.
    pub(super) fn hold(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    fn use_up(&mut self, length: usize) {
        self.held.advance(length);
        if self.held.is_empty() {
            // Gives back its memory too.
            self.held = BytesMut::new();
        }
    }

    /// Begins to read the body of the request that has just come.
    #[inline]
    pub(super) fn begin_body(&mut self) -> Incoming {
        match self.head.body {
            BodyFraming::Length(0) | BodyFraming::Upgrade => Incoming::Nothing,
            framing => self.begin(framing),
        }
    }

    fn begin(&mut self, framing: BodyFraming) -> Incoming {
        if let BodyFraming::Length(length) = framing
            && let Ok(length) = usize::try_from(length)
            && length <= self.held.len()
        {
            // A copy, so that a handler which keeps it does not keep all that was read.
            let body = Bytes::copy_from_slice(&self.held[..length]);
            self.use_up(length);
            return Incoming::Whole(body);
        }
        self.decoder = Decoder::new(framing);
        self.owes_continue = self.head.expects_continue && self.held.is_empty();
        self.discardable = MAX_DISCARDED;
        Incoming::Coming(self.decoder.left())
    }

    /// True, once, where the client waits for a 100 before it sends what is read now (RFC 9110, section 10.1.1).
    pub(super) fn take_continue(&mut self) -> bool {
        mem::take(&mut self.owes_continue)
    }

    /// What is held of the body.
    pub(super) fn read_body(&mut self) -> Result<Decoded, Refusal> {
        let decoded = self.decoder.decode(&self.held)?;
        self.use_up(decoded.taken);
        Ok(decoded)
    }

    /// Throws away what is held of a body that nobody reads.
    pub(super) fn discard(&mut self) -> Discarded {
        let Ok(decoded) = self.read_body() else { return Discarded::No };
        self.discardable = self.discardable.saturating_sub(decoded.taken);
        match (self.decoder.is_done(), self.discardable) {
            (true, _) => Discarded::All,
            (false, 0) => Discarded::No,
            (false, _) => Discarded::SoFar,
        }
    }

    /// True where the rest of the body is not worth its reading: it is too long, or the client was never
    /// asked for it.
    pub(super) fn leaves_too_much(&self) -> bool {
        let is_long = self.decoder.left().is_some_and(|left| left > MAX_DISCARDED as u64);
        !self.decoder.is_done() && (self.owes_continue || is_long)
    }

    /// Nothing that comes after this is a request.
    pub(super) fn break_off(&mut self) {
        self.is_broken = true;
    }

    /// True where more may come, or has, than was read.
    pub(super) fn is_in_message(&self) -> bool {
        self.is_broken
            || !self.held.is_empty()
            || !self.decoder.is_done()
            || !self.scan.is_untouched()
    }

    /// What came and is not used yet.
    #[cfg(any(fuzzing, test))]
    pub(super) fn held(&self) -> &[u8] {
        &self.held
    }

    /// What came behind the present request, for the protocol that goes on.
    pub(super) fn take_rest(&mut self) -> BytesMut {
        mem::take(&mut self.held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "POST /a HTTP/1.1\r\nHost: a\r\n";

    fn inbound(text: &str) -> (Inbound, Request) {
        let mut inbound = Inbound::default();
        let request = inbound.receive(text.as_bytes(), text.len(), &Limits::default());
        (inbound, request.unwrap().unwrap())
    }

    #[test]
    fn requests_come_in_their_order_however_they_are_cut() {
        let stream = format!(
            "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n{HEAD}Content-Length: 3\r\n\r\nabcGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
        );
        for cut in 0..stream.len() {
            let (mut inbound, mut paths) = (Inbound::default(), Vec::new());
            for part in [&stream[..cut], &stream[cut..]].map(str::as_bytes) {
                let mut found = match inbound.is_at_head() {
                    true => inbound.receive(part, part.len(), &Limits::default()).unwrap(),
                    false => {
                        inbound.hold(part);
                        None
                    }
                };
                loop {
                    if let Some(request) = found {
                        paths.push(request.path().to_owned());
                        inbound.begin_body();
                    }
                    if !inbound.is_at_head() && inbound.discard() != Discarded::All {
                        break;
                    }
                    found = inbound.next_held(&Limits::default()).unwrap();
                    if found.is_none() {
                        break;
                    }
                }
            }
            assert_eq!(paths, ["/1", "/a", "/2"], "cut at {cut}");
            assert!(!inbound.is_in_message());
        }
    }

    #[test]
    fn a_body_that_came_with_its_head_is_whole() {
        let (mut inbound, _) = inbound(&format!("{HEAD}Content-Length: 2\r\n\r\nabGET"));
        assert!(matches!(inbound.begin_body(), Incoming::Whole(body) if body == "ab"));
        assert!(inbound.is_at_head());
        assert_eq!(inbound.take_rest(), "GET");
    }

    #[test]
    fn a_client_that_waits_is_told_once_to_go_on() {
        let head = format!("{HEAD}Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
        let (mut waiting, _) = inbound(&head);
        assert!(matches!(waiting.begin_body(), Incoming::Coming(Some(2))));
        assert!(waiting.leaves_too_much(), "it has not sent it, and may never do");
        assert!(waiting.take_continue() && !waiting.take_continue());
        let (mut sending, _) = inbound(&format!("{head}a"));
        sending.begin_body();
        assert!(!sending.take_continue(), "it did not wait");
    }

    #[test]
    fn of_a_body_that_nobody_reads_so_much_is_thrown_away() {
        let discarded = |length: usize, sent: usize| {
            let (mut inbound, _) = inbound(&format!("{HEAD}Content-Length: {length}\r\n\r\n"));
            inbound.begin_body();
            inbound.hold(&vec![b'a'; sent]);
            (inbound.leaves_too_much(), inbound.discard())
        };
        assert_eq!(discarded(9, 8), (false, Discarded::SoFar));
        assert_eq!(discarded(9, 9), (false, Discarded::All));
        assert_eq!(discarded(MAX_DISCARDED + 1, 9), (true, Discarded::SoFar));
        assert_eq!(discarded(MAX_DISCARDED + 1, MAX_DISCARDED), (true, Discarded::No));
        let (mut malformed, _) =
            inbound(&format!("{HEAD}Transfer-Encoding: chunked\r\n\r\nxyz\r\n"));
        malformed.begin_body();
        assert_eq!(malformed.discard(), Discarded::No);
    }
}
