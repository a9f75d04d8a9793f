//! The streams of a connection: how many there are, and which of them stand still.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::rt::Executor;
use tokio::time::{Instant, Sleep};

/// Runs the streams of a connection, each as a task, and ends those whose peer takes nothing.
#[derive(Clone)]
pub(super) struct Streams {
    counts: Arc<Counts>,
    /// The engine has a stream executed right after its request was taken: this is whose it is.
    begun: Arc<Mutex<Option<Begun>>>,
    write_timeout: Duration,
}

#[derive(Debug, Default)]
struct Counts {
    active: AtomicU32,
    begun: AtomicU32,
}

struct Begun {
    flow: Arc<Flow>,
    active: Active,
}

/// What moves on one stream. Its parts may be in several tasks; each tells what it sees.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    /// Pieces of the request's body that came.
    reads: AtomicU32,
    /// Somebody waits for the next of them.
    waits_for_body: AtomicBool,
    /// The answer has begun.
    is_answering: AtomicBool,
    /// Pieces of the answer's body that the engine took.
    pieces: AtomicU32,
    /// The engine has a piece that the peer has not made room for.
    waits_for_peer: AtomicBool,
}

impl Streams {
    pub(super) fn new(write_timeout: Duration) -> Self {
        Self { counts: Arc::default(), begun: Arc::default(), write_timeout }
    }

    /// Counts the stream that is executed next.
    pub(super) fn begin(&self) -> Arc<Flow> {
        self.counts.begun.fetch_add(1, Relaxed);
        let flow = Arc::<Flow>::default();
        let begun = Begun { flow: Arc::clone(&flow), active: Active::new(&self.counts) };
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = Some(begun);
        flow
    }

    /// Counts a stream for as long as it speaks another protocol, which the engine has no task for.
    pub(super) fn hold(&self) -> Held {
        Held { _active: Arc::new(Active::new(&self.counts)) }
    }

    /// How many were begun in all.
    pub(super) fn begun(&self) -> u32 {
        self.counts.begun.load(Relaxed)
    }

    pub(super) fn are_quiet(&self) -> bool {
        self.counts.active.load(Relaxed) == 0
    }
}

impl<F> Executor<F> for Streams
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner).take();
        match begun {
            Some(Begun { flow, active }) => {
                let pieces = flow.pieces.load(Relaxed);
                tokio::spawn(Moving {
                    stream,
                    timer: None,
                    flow,
                    pieces,
                    timeout: self.write_timeout,
                    _active: active,
                });
            }
            None => {
                tokio::spawn(stream);
            }
        }
    }
}

impl Flow {
    pub(super) fn reads(&self) -> u32 {
        self.reads.load(Relaxed)
    }

    pub(super) fn waits_for_body(&self) -> bool {
        self.waits_for_body.load(Relaxed)
    }

    pub(super) fn wait_for_body(&self) {
        self.waits_for_body.store(true, Relaxed);
    }

    pub(super) fn count_read(&self) {
        self.waits_for_body.store(false, Relaxed);
        self.reads.fetch_add(1, Relaxed);
    }

    pub(super) fn is_answering(&self) -> bool {
        self.is_answering.load(Relaxed)
    }

    pub(super) fn begin_answer(&self) {
        self.is_answering.store(true, Relaxed);
    }

    /// The engine asks for the next piece: it has got rid of the one before.
    pub(crate) fn piece_is_gone(&self) {
        self.waits_for_peer.store(false, Relaxed);
    }

    /// The engine has taken a piece.
    pub(crate) fn piece_is_taken(&self) {
        self.pieces.fetch_add(1, Relaxed);
        self.waits_for_peer.store(true, Relaxed);
    }
}

/// A stream that speaks another protocol, while somebody has it.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    _active: Arc<Active>,
}

/// Counts a stream while it lives.
#[derive(Debug)]
struct Active(Arc<Counts>);

impl Active {
    fn new(counts: &Arc<Counts>) -> Self {
        counts.active.fetch_add(1, Relaxed);
        Self(Arc::clone(counts))
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        self.0.active.fetch_sub(1, Relaxed);
    }
}

pin_project_lite::pin_project! {
    /// A stream that ends, reset, when its peer makes no room for a piece of the answer for too long.
    ///
    /// From outside, because the engine asks nobody while it waits for room.
    struct Moving<F> {
        #[pin]
        stream: F,
        #[pin]
        timer: Option<Sleep>,
        flow: Arc<Flow>,
        pieces: u32,
        timeout: Duration,
        _active: Active,
    }
}

impl<F: Future<Output = ()>> Future for Moving<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        if this.stream.poll(cx).is_ready() {
            return Poll::Ready(());
        }
        if !this.flow.waits_for_peer.load(Relaxed) {
            this.timer.set(None);
            return Poll::Pending;
        }
        let pieces = this.flow.pieces.load(Relaxed);
        match this.timer.as_mut().as_pin_mut() {
            None => this.timer.set(Some(tokio::time::sleep(*this.timeout))),
            Some(timer) if pieces != *this.pieces => timer.reset(Instant::now() + *this.timeout),
            Some(_) => {}
        }
        *this.pieces = pieces;
        if let Some(timer) = this.timer.as_pin_mut() {
            ready!(timer.poll(cx));
            tracing::debug!("the peer takes nothing of an answer: its stream is reset");
        }
        Poll::Ready(())
    }
}
