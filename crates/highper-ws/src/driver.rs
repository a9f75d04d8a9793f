//! The work on one connection: frames in and out, pings, the end. No task and no handler of its own.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use highper_http::Upgraded;
use highper_net::{Drain, Resume, Stream};
use tokio::time::{Instant, Sleep, sleep};

use crate::codec::{Decoded, Decoder, Opcode, Violation, push_frame};
use crate::deflate::{Coders, Deflater, Kept};
use crate::link::Link;
use crate::rate::Rates;
use crate::step::Step;
use crate::wire::Wire;
use crate::{CloseCode, CloseFrame, Message, WebSocketSettings};

/// What a connection is while somebody works on it.
pub(crate) struct Driver {
    wire: Wire,
    input: BytesMut,
    decoder: Decoder,
    deflater: Option<Deflater>,
    output: VecDeque<Bytes>,
    gathered: Vec<Bytes>,
    rates: Rates,
    end: End,
    /// It was parked, and nothing has shown yet why it no longer is.
    is_puzzled: bool,
    parks: bool,
    drain: Drain,
    ending: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    is_told_of_drain: bool,
    timer: Option<Pin<Box<Sleep>>>,
    /// The socket has taken nothing since the timer fired.
    is_stuck: bool,
}

/// How far the end has come.
#[derive(Debug, Default)]
struct End {
    /// A close is in the output, or was sent.
    is_sent: bool,
    /// The writing half is shut.
    is_shut: bool,
    /// The client has closed: the server ends the connection (RFC 6455, section 7.1.1).
    is_answered: bool,
    /// The socket takes nothing any more.
    is_dead: bool,
    /// Nothing that comes is looked at any more: the close of the client is here, or it broke the
    /// protocol.
    is_deaf: bool,
    /// Why, as the first to close has told.
    why: Option<CloseFrame>,
}

impl Driver {
    /// The work on a connection that has just become a WebSocket.
    pub(crate) fn new(upgraded: Upgraded, link: &Link, settings: &WebSocketSettings) -> Self {
        let coders = Coders::new(settings.deflate.as_ref(), link.agreed());
        match upgraded.into_stream() {
            Ok((stream, input, drain)) => {
                link.attended_by(stream.caller());
                Self::on(Wire::Stream(stream), input, drain, coders, settings)
            }
            Err(upgraded) => {
                let drain = upgraded.drain();
                Self::on(Wire::Other(upgraded), BytesMut::new(), drain, coders, settings)
            }
        }
    }

    /// The work on one that was parked.
    pub(crate) fn resumed(
        stream: Stream,
        drain: Drain,
        kept: Kept,
        link: &Link,
        settings: &WebSocketSettings,
    ) -> Self {
        let wire = Wire::Stream(stream);
        let coders = kept.resume(settings.deflate.as_ref(), link.agreed());
        Self { is_puzzled: true, ..Self::on(wire, BytesMut::new(), drain, coders, settings) }
    }

    fn on(
        wire: Wire,
        input: BytesMut,
        drain: Drain,
        coders: Coders,
        settings: &WebSocketSettings,
    ) -> Self {
        Self {
            wire,
            input,
            decoder: Decoder::with(settings.max_message, coders.inflater),
            deflater: coders.deflater,
            output: VecDeque::new(),
            gathered: Vec::new(),
            rates: Rates::new(),
            end: End::default(),
            is_puzzled: false,
            parks: true,
            drain,
            ending: None,
            is_told_of_drain: false,
            timer: None,
            is_stuck: false,
        }
    }

    /// Never asks to be parked.
    pub(crate) fn unparked(mut self) -> Self {
        self.parks = false;
        self
    }

    /// Leaves the connection to the reactor, once `keep` has put away what is still needed.
    pub(crate) fn park(self, keep: impl FnOnce(Kept), resume: Arc<dyn Resume>) {
        let Self { decoder, deflater, .. } = self;
        keep(Coders { inflater: decoder.into_inflater(), deflater }.park());
        if let Wire::Stream(stream) = self.wire {
            stream.park_as(resume);
        }
    }

    /// What is to be done next.
    pub(crate) fn poll_step(
        &mut self,
        link: &Link,
        settings: &WebSocketSettings,
        cx: &mut Context<'_>,
    ) -> Poll<Step> {
        loop {
            let is_written = match self.poll_output(link, cx) {
                Ok(is_written) if !self.end.is_dead => is_written,
                _ => return Poll::Ready(self.ended()),
            };
            if is_written && self.end.is_sent && !self.end.is_shut {
                self.end.is_shut = true;
                let _ = self.wire.poll_shutdown(cx);
            }
            if is_written && self.end.is_answered {
                return Poll::Ready(self.ended());
            }
            match self.decoded(link, settings) {
                Ok(Some(message)) => return Poll::Ready(Step::Message(message)),
                Ok(None) => {}
                Err(violation) => {
                    self.violated(link, violation);
                    continue;
                }
            }
            if !self.output.is_empty() && is_written {
                continue;
            }
            // Whoever does not read is not read from.
            let read = match self.output.len() < MAX_ANSWERS {
                true => self.wire.poll_read(cx, &mut self.input),
                false => Poll::Pending,
            };
            match read {
                Poll::Ready(Ok(count @ 1..)) => {
                    self.is_puzzled = false;
                    link.alive();
                    if self.end.is_deaf {
                        self.input.clear();
                    } else if let Err(violation) = self.rates.bytes(count, settings) {
                        self.violated(link, violation);
                    }
                    continue;
                }
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(self.ended()),
                Poll::Pending => {}
            }
            if self.poll_called(link, cx).is_ready() {
                continue;
            }
            if let Some(step) = self.at_rest(link, settings, cx) {
                return Poll::Ready(step);
            }
            if link.rest() && self.output.is_empty() || !is_written {
                return Poll::Pending;
            }
        }
    }

    /// Writes what waits; true if that is all. To be called also while a handler is at work, which may
    /// wait for room.
    ///
    /// # Errors
    /// The connection is gone.
    pub(crate) fn poll_output(&mut self, link: &Link, cx: &mut Context<'_>) -> io::Result<bool> {
        loop {
            match self.wire.poll_write_all(cx, &mut self.output) {
                Poll::Pending => return Ok(false),
                Poll::Ready(written) => written?,
            }
            self.is_stuck = false;
            if self.end.is_sent {
                return Ok(true);
            }
            let close = link.take(MAX_GATHERED, &mut self.gathered);
            let is_all = !self.gather() && close.is_none();
            if let Some(close) = close {
                self.close(close);
            }
            if is_all {
                return Ok(true);
            }
            self.is_puzzled = false;
        }
    }

    /// What was taken from the queue is to be written; false if that is nothing.
    fn gather(&mut self) -> bool {
        let is_any = !self.gathered.is_empty();
        let Self { gathered, deflater, output, .. } = self;
        output.extend(gathered.drain(..).map(|frame| match deflater {
            Some(deflater) => deflater.pack(frame),
            None => frame,
        }));
        is_any
    }

    /// Waits to be called for what is queued meanwhile; ready where that has happened.
    pub(crate) fn poll_called(&mut self, link: &Link, cx: &mut Context<'_>) -> Poll<()> {
        match &self.wire {
            Wire::Stream(stream) => stream.poll_called(cx),
            Wire::Other(_) => {
                link.attended_by_task(cx);
                Poll::Pending
            }
        }
    }

    /// Closes the connection; the first to do so counts.
    pub(crate) fn close(&mut self, close: CloseFrame) {
        if self.end.is_sent {
            return;
        }
        self.end.is_sent = true;
        self.push(Opcode::Close, &close.payload());
        self.end.why.get_or_insert(close);
        self.timer = None;
    }

    /// What the client did ends the connection, and nothing more of it is looked at.
    fn violated(&mut self, link: &Link, violation: Violation) {
        self.close(CloseFrame::new(violation.code, violation.what));
        link.end();
        self.end.is_deaf = true;
    }

    fn push(&mut self, opcode: Opcode, payload: &[u8]) {
        let mut frame = BytesMut::new();
        push_frame(&mut frame, opcode, false, payload);
        self.output.push_back(frame.freeze());
    }

    /// The next message that has come, with what lies before it dealt with.
    fn decoded(
        &mut self,
        link: &Link,
        settings: &WebSocketSettings,
    ) -> Result<Option<Message>, Violation> {
        while !self.end.is_deaf && !self.input.is_empty() {
            let decoded = self.decoder.decode(&mut self.input)?;
            self.rates.decoded(self.decoder.take_counts(), settings)?;
            let Some(decoded) = decoded else { return Ok(None) };
            match decoded {
                Decoded::Message(_) => self.rates.message(settings)?,
                _ => self.rates.control(settings)?,
            }
            match decoded {
                Decoded::Message(message) => {
                    // After its own close nobody listens (RFC 6455, section 1.4).
                    if !self.end.is_sent {
                        return Ok(Some(message));
                    }
                }
                Decoded::Ping(payload) => {
                    if !self.end.is_sent {
                        self.push(Opcode::Pong, &payload);
                    }
                }
                Decoded::Pong(_) => {}
                Decoded::Close(why) => self.closed_by_peer(link, why),
            }
        }
        Ok(None)
    }

    fn closed_by_peer(&mut self, link: &Link, why: Option<CloseFrame>) {
        (self.end.is_deaf, self.end.is_answered) = (true, true);
        if !self.end.is_sent {
            // What was queued before goes first.
            while link.take(MAX_GATHERED, &mut self.gathered).is_some() || self.gather() {}
            let code = why.as_ref().map_or(CloseCode::NORMAL, |why| why.code);
            self.end.is_sent = true;
            let payload =
                if why.is_some() { CloseFrame::new(code, "").payload() } else { Vec::new() };
            self.push(Opcode::Close, &payload);
            self.end.why = why;
            self.timer = None;
        }
    }

    fn ended(&mut self) -> Step {
        Step::Ended(self.end.why.take())
    }

    /// Nothing is to be read or written: is it time for something else?
    fn at_rest(
        &mut self,
        link: &Link,
        settings: &WebSocketSettings,
        cx: &mut Context<'_>,
    ) -> Option<Step> {
        if self.poll_ending(cx) && !self.is_told_of_drain && !self.end.is_sent {
            self.is_told_of_drain = true;
            return Some(Step::Drain);
        }
        if std::mem::take(&mut self.is_puzzled) && !self.end.is_sent {
            // Its idle time is over.
            return self.ping(link);
        }
        let is_idle = self.decoder.is_idle() && self.input.is_empty() && self.output.is_empty();
        let parks = self.parks && is_idle && !self.end.is_sent && !self.is_told_of_drain;
        if parks && self.wire.is_park_wanted() && link.rest() {
            return Some(Step::Park);
        }
        let time = if self.end.is_sent { settings.close_timeout } else { settings.heartbeat };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(time)));
        if timer.as_mut().poll(cx).is_ready() {
            timer.as_mut().reset(Instant::now() + time);
            // Registered anew.
            let _ = timer.as_mut().poll(cx);
            let is_stuck = std::mem::replace(&mut self.is_stuck, !self.output.is_empty());
            return match self.end.is_sent || is_stuck {
                true => Some(self.ended()),
                false => self.ping(link),
            };
        }
        None
    }

    /// Ready once the socket has taken nothing for one to two heartbeats.
    pub(crate) fn poll_stuck(
        &mut self,
        settings: &WebSocketSettings,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let time = settings.heartbeat;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(time)));
        while timer.as_mut().poll(cx).is_ready() {
            timer.as_mut().reset(Instant::now() + time);
            if std::mem::replace(&mut self.is_stuck, true) {
                self.end.is_dead = true;
                return Poll::Ready(());
            }
        }
        Poll::Pending
    }

    /// Asks whether the client is there, unless it has left the last question open.
    fn ping(&mut self, link: &Link) -> Option<Step> {
        if !link.ping() {
            return Some(self.ended());
        }
        self.push(Opcode::Ping, &[]);
        None
    }

    fn poll_ending(&mut self, cx: &mut Context<'_>) -> bool {
        if self.is_told_of_drain || self.drain.is_ending() {
            return true;
        }
        let drain = &self.drain;
        let ending = self.ending.get_or_insert_with(|| {
            let drain = drain.clone();
            Box::pin(async move { drain.ending().await })
        });
        ending.as_mut().poll(cx).is_ready()
    }
}

/// So many frames wait for a socket that takes none before nothing more is read.
const MAX_ANSWERS: usize = 64;

/// So much of the queue is taken at once; it counts as sent then.
const MAX_GATHERED: usize = 64 * 1024;
