//! The socket as the engine sees it: what it reads has passed the framing check, and what it writes
//! is gathered until the connection has nothing more to do, so that pipelined answers share a write.

use std::io::{self, IoSlice};
use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use bytes::BytesMut;
use hyper::rt::ReadBufCursor;

use super::framing::Framing;
use super::head::{BodyFraming, HeadScan};
use super::outbox::Outbox;
use super::refusal::Refusal;
use crate::body_rate::BodyRate;
use crate::h2::frame_guard::FrameGuard;
use crate::transport::Transport;
use crate::{Limits, scratch};

pub(crate) struct Wire {
    stream: Transport,
    limits: Arc<Limits>,
    framing: Framing,
    /// Read and not yet given to the engine; the first `passed` bytes may be.
    held: BytesMut,
    passed: usize,
    outbox: Outbox,
    refusal: Option<Refusal>,
    /// The engine waits for bytes that have not come.
    is_starved: bool,
    rate: BodyRate,
    reads: u32,
    heads: u32,
    /// The engine has been given nothing but heads.
    only_heads: bool,
    at_end: bool,
    body_timed_out: bool,
    engine_gone: bool,
    driver: Option<Waker>,
}

impl Wire {
    pub(super) fn new(
        stream: Transport,
        first: BytesMut,
        framing: Framing,
        limits: Arc<Limits>,
    ) -> Self {
        let mut wire = Wire {
            stream,
            limits,
            framing,
            held: first,
            passed: 0,
            outbox: Outbox::default(),
            refusal: None,
            is_starved: false,
            rate: BodyRate::default(),
            reads: 0,
            heads: 0,
            only_heads: true,
            at_end: false,
            body_timed_out: false,
            engine_gone: false,
            driver: None,
        };
        wire.check_first();
        wire
    }

    /// Goes on with another connection. The engine does not notice: it has answered all that it was
    /// given, and waits for the next request.
    pub(super) fn renew(&mut self, stream: Transport, first: BytesMut) {
        self.stream = stream;
        self.framing = Framing::new();
        self.held = first;
        self.passed = 0;
        self.refusal = None;
        self.is_starved = false;
        self.rate = BodyRate::default();
        self.at_end = false;
        self.body_timed_out = false;
        // What the last connection sent is nothing that this one may be told.
        scratch::with(|scratch| scratch.last = None);
        self.check_first();
    }

    /// Looks at the first head as a whole, so that what is wrong with it can be said exactly.
    fn check_first(&mut self) {
        self.refusal = self.first_refusal();
        self.check_held();
    }

    pub(super) fn decide_upgrade(&mut self, upgraded: bool) {
        self.framing = if upgraded { Framing::Raw } else { Framing::new() };
        self.check_held();
    }

    /// Writes what the engine has written; pending where the socket takes no more.
    pub(crate) fn poll_write_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.outbox.poll_empty(&mut self.stream, cx)
    }

    pub(crate) fn push_out(&mut self, bytes: &[u8]) {
        self.outbox.push(bytes);
    }

    /// Takes back the engine's own answer to what it could not parse, if that is what it wrote last,
    /// and says more exactly what was wrong.
    pub(crate) fn take_back_engine_refusal(&mut self) -> Option<Refusal> {
        if !self.outbox.last_write().starts_with(b"HTTP/1.1 4") {
            return None;
        }
        self.outbox.take_back_last_write();
        Some(
            self.diagnose()
                .unwrap_or_else(|| Refusal::bad("bad_request", "the request's head is malformed")),
        )
    }

    /// Looks at what was read last, while it is still there, for what the engine did not like.
    fn diagnose(&self) -> Option<Refusal> {
        scratch::with(|scratch| {
            let (_, length) = scratch.last.filter(|(wire, _)| *wire == self.id())?;
            let mut rest = &scratch.bytes[..length];
            loop {
                match HeadScan::default().scan(rest, &self.limits) {
                    Ok(Some((head, BodyFraming::Length(0)))) => rest = &rest[head..],
                    Ok(_) => return None,
                    Err(refusal) => return Some(refusal),
                }
            }
        })
    }

    fn first_refusal(&mut self) -> Option<Refusal> {
        if !self.framing.is_between() {
            return None;
        }
        let refusal = HeadScan::default().scan(&self.held, &self.limits).err()?;
        self.framing = Framing::Refused;
        Some(refusal)
    }

    /// Tells this wire from others of the same thread.
    fn id(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// True if all that the engine has to write has been written.
    pub(crate) fn is_written(&self) -> bool {
        self.outbox.is_empty()
    }

    pub(crate) fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_ref()
    }

    pub(crate) fn reads(&self) -> u32 {
        self.reads
    }

    pub(crate) fn writes(&self) -> u32 {
        self.outbox.writes().wrapping_add(self.stream.withheld_writes())
    }

    pub(crate) fn heads(&self) -> u32 {
        self.heads
    }

    /// True between two requests, with no byte of the next.
    pub(crate) fn is_between_requests(&self) -> bool {
        self.held.is_empty() && self.framing.is_between()
    }

    /// True if a body is not complete and the engine waits for more of it.
    pub(crate) fn is_waiting_for_body(&self) -> bool {
        self.is_starved && self.framing.is_in_body()
    }

    /// True if a body is not complete and comes slower than it may.
    pub(super) fn body_is_too_slow(&self) -> bool {
        self.framing.is_in_body() && self.rate.is_too_slow(&self.limits)
    }

    /// True if what is written goes to the socket at once.
    pub(crate) fn is_raw(&self) -> bool {
        matches!(self.framing, Framing::Raw | Framing::Http2(_))
    }

    pub(crate) fn guard(&self) -> Option<&FrameGuard> {
        match &self.framing {
            Framing::Http2(guard) => Some(guard),
            _ => None,
        }
    }

    pub(crate) fn time_out_body(&mut self) {
        self.body_timed_out = true;
    }

    /// Takes the stream away, for another one to come: see [`renew`](Self::renew).
    pub(super) fn take_stream(&mut self) -> Transport {
        mem::replace(&mut self.stream, Transport::Absent)
    }

    /// True if nothing of what the engine was given can be left in it once all of it is answered:
    /// there was no body, which a handler may leave unread, and no wish to upgrade.
    pub(super) fn only_heads(&self) -> bool {
        self.only_heads
    }

    pub(crate) fn stream(&mut self) -> &mut Transport {
        &mut self.stream
    }

    /// Resolves once the engine, or whoever it gave its I/O to, has dropped it.
    pub(crate) fn poll_engine_gone(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.engine_gone {
            return Poll::Ready(());
        }
        self.driver = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Tells the driver that nobody holds the engine's end any more.
    pub(super) fn engine_is_gone(&mut self) {
        self.engine_gone = true;
        if let Some(driver) = self.driver.take() {
            driver.wake();
        }
    }

    fn count_heads(&mut self, heads: u32) {
        if heads > 0 {
            self.heads = self.heads.wrapping_add(heads);
            self.rate = BodyRate::default();
        }
    }

    fn check_held(&mut self) {
        let advance = self.framing.advance(&self.held[self.passed..], &self.limits);
        self.passed += advance.passed;
        self.only_heads &= advance.only_heads;
        self.count_heads(advance.heads);
        self.refusal = self.refusal.take().or(advance.refusal);
    }

    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            if self.passed > 0 {
                let given = self.passed.min(buf.remaining());
                buf.put_slice(&self.held.split_to(given));
                self.passed -= given;
                if self.held.is_empty() {
                    // Gives back its memory too.
                    self.held = BytesMut::new();
                }
                return Poll::Ready(Ok(()));
            }
            if self.at_end {
                return Poll::Ready(Ok(()));
            }
            self.check_readable()?;
            if self.is_stopped() {
                // The driver ends a refused connection; the answer decides about an upgrade.
                return Poll::Pending;
            }
            if ready!(self.poll_read_socket(cx, buf))? {
                return Poll::Ready(Ok(()));
            }
        }
    }

    fn is_stopped(&self) -> bool {
        match &self.framing {
            Framing::Undecided | Framing::Refused => true,
            Framing::Http2(guard) => guard.flood().is_some(),
            _ => false,
        }
    }

    fn check_readable(&self) -> io::Result<()> {
        if self.body_timed_out {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the body stalled"));
        }
        match &self.refusal {
            Some(refusal) if refusal.is_of_body() => {
                Err(io::Error::new(io::ErrorKind::InvalidData, refusal.detail.clone()))
            }
            _ => Ok(()),
        }
    }

    /// Reads once; true if the engine has got what there was.
    fn poll_read_socket(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBufCursor<'_>,
    ) -> Poll<io::Result<bool>> {
        scratch::with(|scratch| {
            let room = if self.held.is_empty() {
                buf.remaining().min(MOST_FOR_ENGINE)
            } else {
                scratch::SIZE
            };
            let poll = self.stream.poll_read(cx, &mut scratch.bytes[..room]);
            self.is_starved = poll.is_pending();
            if self.is_waiting_for_body() {
                self.rate.wait();
            }
            let bytes = &scratch.bytes[..ready!(poll)?];
            scratch.last = Some((self.id(), bytes.len()));
            self.reads = self.reads.wrapping_add(1);
            self.rate.come(bytes.len());
            if bytes.is_empty() {
                self.at_end = true;
                return Poll::Ready(Ok(true));
            }
            if !self.held.is_empty() {
                self.held.extend_from_slice(bytes);
                self.check_held();
                return Poll::Ready(Ok(false));
            }
            let advance = self.framing.advance(bytes, &self.limits);
            self.only_heads &= advance.only_heads;
            self.count_heads(advance.heads);
            self.refusal = advance.refusal;
            let (passed, rest) = bytes.split_at(advance.passed);
            if self.refusal.is_none() {
                self.held.extend_from_slice(rest);
            }
            buf.put_slice(passed);
            Poll::Ready(Ok(!passed.is_empty()))
        })
    }

    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_raw() {
            return self.poll_write_through(cx, &[IoSlice::new(bytes)]);
        }
        self.outbox.poll_gather(&mut self.stream, cx, bytes)
    }

    /// Writes to the socket at once.
    pub(super) fn poll_write_through(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(self.outbox.poll_write_through(&mut self.stream, cx, slices))?;
        if let Framing::Http2(guard) = &mut self.framing {
            guard.count_sent(written);
        }
        Poll::Ready(Ok(written))
    }
}

/// The engine doubles its buffer after each read that fills all it asked for, and keeps it. A byte
/// less than the second size that it asks for leaves it at that, 16 KiB.
const MOST_FOR_ENGINE: usize = scratch::SIZE - 1;
