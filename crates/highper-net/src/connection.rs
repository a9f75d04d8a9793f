//! A connection's task.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    thread,
};

use highper_core::Activity;
use pin_project_lite::pin_project;

use crate::tally::Tally;

pin_project! {
    /// What is spawned for a connection: its future, and who hears of its panic.
    ///
    /// Not an `async` block: that would hold the future twice, as what it captured and as what it
    /// awaits.
    #[derive(Debug)]
    pub(crate) struct Connection<F> {
        #[pin]
        serving: F,
        witness: Witness,
    }
}

impl<F> Connection<F> {
    pub(crate) fn new(serving: F, tally: Arc<Tally>) -> Self {
        tally.task_started();
        Self { serving, witness: Witness(tally) }
    }
}

impl<F: Future<Output = ()>> Future for Connection<F> {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let serving = self.project().serving;
        Activity::during(|| serving.poll(cx))
    }
}

/// Counts the task, and tells of a panic when it is dropped by one.
#[derive(Debug)]
struct Witness(Arc<Tally>);

impl Drop for Witness {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.panicked();
        }
        self.0.task_ended();
    }
}
