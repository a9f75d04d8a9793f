//! What a connection and those who send on it share.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use bytes::{Buf, Bytes};
use highper_net::Caller;

use crate::CloseFrame;
use crate::deflate::Agreed;
use crate::frames::Frames;

/// What waits to be sent on a connection, and whom to call for it.
#[derive(Debug, Default)]
pub(crate) struct Link(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// A parked connection has one only while something waits.
    outbox: Option<Box<Outbox>>,
    attendant: Attendant,
    /// The attendant rests: it has to be called.
    rests: bool,
    is_closed: bool,
    /// A ping was sent, and nothing has come since.
    is_pinged: bool,
    agreed: Option<Agreed>,
    /// In how many channels it is.
    joined: u32,
}

/// Who works on the connection.
#[derive(Debug, Default)]
enum Attendant {
    /// It has not begun.
    #[default]
    Nobody,
    /// The reactor knows, hot or parked.
    Reactor(Caller),
    /// A task of its own: TLS and other engines do not park.
    Task(Waker),
}

#[derive(Debug, Default)]
struct Outbox {
    frames: Frames,
    bytes: usize,
    close: Option<CloseFrame>,
    /// Those that wait for room.
    waiting: Vec<Waker>,
}

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    Taken,
    Full,
    Closed,
}

impl Link {
    /// The two ends have agreed on compression, or not.
    pub(crate) fn agree(&self, agreed: Option<Agreed>) {
        self.lock().agreed = agreed;
    }

    /// How messages are compressed on the connection.
    pub(crate) fn agreed(&self) -> Option<Agreed> {
        self.lock().agreed
    }

    /// Notes that the connection is in one more channel, if it may be.
    pub(crate) fn join(&self, most: u32) -> bool {
        let mut inner = self.lock();
        let may_join = inner.joined < most;
        inner.joined += u32::from(may_join);
        may_join
    }

    /// It is in one channel less.
    pub(crate) fn leave(&self) {
        self.lock().joined -= 1;
    }

    /// Queues a frame, if not more than `most` bytes wait then; one that is larger waits alone.
    pub(crate) fn push(&self, frame: &Bytes, most: usize) -> Pushed {
        let mut inner = self.lock();
        if inner.is_closed {
            return Pushed::Closed;
        }
        let outbox = inner.outbox.get_or_insert_default();
        if outbox.close.is_some() {
            return Pushed::Closed;
        }
        if outbox.bytes > 0 && outbox.bytes + frame.len() > most {
            return Pushed::Full;
        }
        outbox.bytes += frame.len();
        outbox.frames.push(frame.clone());
        inner.call();
        Pushed::Taken
    }

    /// Wakes the task when there may be room.
    pub(crate) fn wait_for_room(&self, cx: &Context<'_>) {
        let mut inner = self.lock();
        let outbox = inner.outbox.get_or_insert_default();
        if !outbox.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            outbox.waiting.push(cx.waker().clone());
        }
    }

    /// Closes the connection once what waits is sent. The first one counts.
    pub(crate) fn close(&self, close: CloseFrame) {
        let mut inner = self.lock();
        if !inner.is_closed {
            inner.outbox.get_or_insert_default().close.get_or_insert(close);
            inner.call();
        }
    }

    /// Moves frames of up to `most` bytes to `out`, at least one, and gives the close if it comes next.
    pub(crate) fn take(&self, most: usize, out: &mut Vec<Bytes>) -> Option<CloseFrame> {
        let mut inner = self.lock();
        // Who takes is at work, and looks again before it rests.
        inner.rests = false;
        let outbox = inner.outbox.as_mut().filter(|outbox| !outbox.is_empty())?;
        let mut taken = 0;
        while let Some(frame) = outbox.frames.pop() {
            taken += frame.len();
            out.push(frame);
            if taken >= most {
                break;
            }
        }
        outbox.bytes -= taken;
        let waiting = std::mem::take(&mut outbox.waiting);
        let close = match outbox.frames.is_empty() {
            true => outbox.close.take(),
            false => None,
        };
        // Kept for the next one, unless it was a flood.
        if outbox.frames.is_empty() && outbox.frames.is_large() {
            inner.outbox = None;
        }
        inner.is_closed |= close.is_some();
        drop(inner);
        waiting.into_iter().for_each(Waker::wake);
        close
    }

    /// Writes what waits to the socket of a connection on which nobody works. True if that was all, and
    /// whoever queues more has to call.
    pub(crate) fn write_to(&self, socket: &mut dyn io::Write) -> bool {
        let mut inner = self.lock();
        if inner.agreed.is_some_and(Agreed::orders_messages) {
            // They are compressed as they leave the queue, by the task that keeps the window.
            return false;
        }
        let Some(outbox) = &mut inner.outbox else {
            // A late call: it was sent before the connection parked.
            inner.rests = true;
            return true;
        };
        while let Some(frame) = outbox.frames.first_mut() {
            // What the socket does not take, or refuses, is for the task to see.
            let Ok(written @ 1..) = socket.write(frame) else { return false };
            outbox.bytes -= written;
            if written < frame.len() {
                frame.advance(written);
                return false;
            }
            outbox.frames.pop();
        }
        if outbox.close.is_some() {
            return false;
        }
        inner.rests = true;
        let outbox = inner.outbox.take();
        drop(inner);
        outbox.into_iter().flat_map(|outbox| outbox.waiting).for_each(Waker::wake);
        true
    }

    /// From here on the reactor knows who works on the connection.
    pub(crate) fn attended_by(&self, caller: Caller) {
        self.lock().attendant = Attendant::Reactor(caller);
    }

    /// From here on this task works on the connection.
    pub(crate) fn attended_by_task(&self, cx: &Context<'_>) {
        match &mut self.lock().attendant {
            Attendant::Task(waker) => waker.clone_from(cx.waker()),
            attendant => *attendant = Attendant::Task(cx.waker().clone()),
        }
    }

    /// From here on the attendant is called for what is queued. False if something waits already, and
    /// it has to go on.
    pub(crate) fn rest(&self) -> bool {
        let mut inner = self.lock();
        inner.rests = inner.outbox.as_ref().is_none_or(|outbox| outbox.is_empty());
        inner.rests
    }

    /// Keeps nothing for an outbox in which nothing waits.
    pub(crate) fn slim(&self) {
        let mut inner = self.lock();
        inner.outbox.take_if(|outbox| outbox.is_empty());
    }

    /// Notes a ping; false where the one before has no answer.
    pub(crate) fn ping(&self) -> bool {
        !std::mem::replace(&mut self.lock().is_pinged, true)
    }

    /// Something has come.
    pub(crate) fn alive(&self) {
        self.lock().is_pinged = false;
    }

    /// Nothing is sent any more.
    pub(crate) fn end(&self) {
        let outbox = {
            let mut inner = self.lock();
            inner.is_closed = true;
            inner.attendant = Attendant::Nobody;
            inner.outbox.take()
        };
        outbox.into_iter().flat_map(|outbox| outbox.waiting).for_each(Waker::wake);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outbox {
    fn is_empty(&self) -> bool {
        self.frames.is_empty() && self.close.is_none() && self.waiting.is_empty()
    }
}

impl Inner {
    /// Once for all that is queued until it is taken.
    fn call(&mut self) {
        if !std::mem::take(&mut self.rests) {
            return;
        }
        match &self.attendant {
            Attendant::Nobody => {}
            Attendant::Reactor(caller) => caller.call(),
            Attendant::Task(waker) => waker.wake_by_ref(),
        }
    }
}
