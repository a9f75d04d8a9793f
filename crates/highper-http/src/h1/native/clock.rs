//! What a connection hears beside its bytes: the time, and the end of the server.

use std::pin::Pin;
use std::task::{Context, Poll};

use highper_net::Drain;
use tokio::time::{Instant, Sleep};

use crate::h1::deadline::{Deadline, Phase};

/// The deadline of what a connection waits for, and the server's end.
pub(super) struct Clock<'a, 't, F> {
    pub(super) deadline: Deadline<'a>,
    pub(super) timer: Pin<&'t mut Sleep>,
    pub(super) drain: &'a Drain,
    pub(super) ending: Pin<&'t mut F>,
    /// The server's end has our waker.
    pub(super) hears: bool,
    /// When the last answer was made, if it went at once: the quiet after it counts from there.
    pub(super) answered: Option<Instant>,
}

impl<F: Future<Output = ()>> Clock<'_, '_, F> {
    /// Ready once the time for `phase` is over.
    #[inline]
    pub(super) fn poll(&mut self, phase: Phase, cx: &mut Context<'_>) -> Poll<()> {
        let answered = self.answered.take();
        let begun = answered.filter(|_| matches!(phase, Phase::Quiet(_)));
        self.deadline.poll(phase, begun, self.timer.as_mut(), cx)
    }

    /// An answer is made. One look at the clock is for its date and for what is waited for after it.
    #[inline]
    pub(super) fn answer(&mut self) -> Instant {
        let now = Instant::now();
        self.answered = Some(now);
        now
    }

    /// Is what is quiet to end? The task is woken when it is.
    #[inline]
    pub(super) fn is_ending(&mut self, cx: &mut Context<'_>) -> bool {
        if !self.hears {
            self.hears = true;
            // A load tells as much afterwards.
            let _ = self.ending.as_mut().poll(cx);
        }
        self.drain.is_ending()
    }
}
