//! What a connection waits for, and how long it may.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::StatusCode;
use tokio::time::{Instant, Sleep};

use super::refusal::Refusal;
use super::shared::{Exchange, Shared};
use super::wire::Wire;
use crate::{Limits, timer};

/// The one deadline that counts now.
///
/// The timer is not set anew for each request. It fires at the latest every `tick`, the shortest of
/// the time-outs, and looks: no deadline that was set since can be earlier.
pub(super) struct Deadline<'a> {
    limits: &'a Limits,
    pub(super) tick: Duration,
    phase: Phase,
    at: Option<Instant>,
    /// The timer knows whom to wake.
    is_waiting: bool,
}

/// What a connection waits for. The number changes when the waiting begins anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Start,
    Quiet(u32),
    Head(u32),
    Body(u32),
    Handler(u32, u32),
    /// For the handler, while the peer may be gone.
    HalfClosed(u32),
    Answering,
    Write(u32),
}

impl<'a> Deadline<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            tick: limits.shortest_timeout(),
            phase: Phase::Start,
            at: None,
            is_waiting: false,
        }
    }

    /// What was waited for does not matter any more.
    pub(super) fn renew(&mut self) {
        self.phase = Phase::Start;
        self.at = None;
    }

    /// Ready once the time for `phase` is over, counted from when it began: now, if nothing else is said.
    #[inline]
    pub(super) fn poll(
        &mut self,
        phase: Phase,
        begun: Option<Instant>,
        timer: Pin<&mut Sleep>,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        if phase != self.phase {
            self.phase = phase;
            self.at = self.timeout().map(|timeout| begun.unwrap_or_else(Instant::now) + timeout);
        }
        // Polled after it was set, to leave the waker, and once it has fired.
        if self.is_waiting && !timer.is_elapsed() {
            return Poll::Pending;
        }
        self.poll_timer(timer, cx)
    }

    fn poll_timer(&mut self, mut timer: Pin<&mut Sleep>, cx: &mut Context<'_>) -> Poll<()> {
        while timer::poll(timer.as_mut(), cx).is_ready() {
            let now = Instant::now();
            if self.at.is_some_and(|at| at <= now) {
                self.at = None;
                self.is_waiting = false;
                timer.as_mut().reset(now + self.tick);
                return Poll::Ready(());
            }
            let look_again = now + self.tick;
            timer.as_mut().reset(self.at.map_or(look_again, |at| at.min(look_again)));
        }
        self.is_waiting = true;
        Poll::Pending
    }

    fn timeout(&self) -> Option<Duration> {
        Some(match self.phase {
            Phase::Start | Phase::Answering => return None,
            Phase::Quiet(_) => self.limits.idle_timeout,
            Phase::Head(_) => self.limits.header_timeout,
            Phase::Body(_) => self.limits.body_timeout,
            Phase::Handler(..) => self.limits.request_timeout,
            Phase::HalfClosed(_) => self.limits.half_close_timeout,
            Phase::Write(_) => self.limits.write_timeout,
        })
    }
}

/// A head that was not complete in time.
pub(super) fn header_timeout(limits: &Limits) -> Refusal {
    let detail = format!(
        "the request's head was not complete after {} s",
        limits.header_timeout.as_secs_f32()
    );
    Refusal::bad("header_timeout", detail).with_status(StatusCode::REQUEST_TIMEOUT)
}

impl Phase {
    pub(super) fn of(shared: &Shared, wire: &Wire) -> Self {
        let requests = shared.requests();
        match shared.exchange() {
            _ if !wire.is_written() => Self::Write(wire.writes()),
            Exchange::Handling if wire.is_waiting_for_body() => Self::Body(wire.reads()),
            Exchange::Handling | Exchange::Waiting => Self::Handler(requests, wire.reads()),
            Exchange::Answering => Self::Answering,
            Exchange::None if wire.is_between_requests() => Self::Quiet(requests),
            Exchange::None => Self::Head(requests),
        }
    }
}
