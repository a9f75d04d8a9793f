//! Errors on their way to reporters.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use highper_core::{Error, ErrorReport, ErrorReporter, Reported};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// Errors that wait to be told; what comes while all places are taken is counted and dropped.
const MAX_WAITING: usize = 256;
/// Longer, the same error is told again.
const WINDOW: Duration = Duration::from_secs(60);
/// Different errors that are kept in mind; the oldest is forgotten for another.
const MAX_KNOWN: usize = 1024;
/// A reporter that takes longer is given up for this error.
const PATIENCE: Duration = Duration::from_secs(5);

/// Hands errors to reporters, on a task of their own.
pub(crate) struct Reporting {
    known: Mutex<Known>,
    waiting: mpsc::Sender<Message>,
    /// Dropped since one was last handed over.
    dropped: AtomicU64,
    task: Mutex<Option<Task>>,
}

enum Message {
    Report(ErrorReport),
    Finish(oneshot::Sender<()>),
}

impl Reporting {
    /// `reporters` in the order in which they are asked.
    pub(crate) fn new(reporters: Vec<Arc<dyn ErrorReporter>>) -> Self {
        let (waiting, messages) = mpsc::channel(MAX_WAITING);
        Self {
            known: Mutex::default(),
            waiting,
            dropped: AtomicU64::new(0),
            task: Mutex::new(Some(Task { reporters, messages })),
        }
    }

    /// Begins to tell, if there is a runtime to do so on.
    pub(crate) fn start(&self) {
        if let Ok(runtime) = Handle::try_current()
            && let Some(task) = self.task.lock().unwrap_or_else(PoisonError::into_inner).take()
        {
            runtime.spawn(task.run());
        }
    }

    /// Tells of an error, unless the same was told a short time ago. Never waits.
    pub(crate) fn report(&self, id: &str, error: &Error) {
        let fingerprint = error.fingerprint();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(repeated) = known.admit(fingerprint, Instant::now()) else { return };
        drop(known);
        let mut report = ErrorReport::new(id, error);
        report.repeated = repeated;
        match self.waiting.try_send(Message::Report(report)) {
            Ok(()) => match self.dropped.swap(0, Relaxed) {
                0 => {}
                dropped => {
                    tracing::warn!(dropped, "reporters of errors are too slow: errors were dropped")
                }
            },
            Err(_) => {
                self.dropped.fetch_add(1, Relaxed);
            }
        }
    }

    /// Waits until what came before was told, or until patience is at its end.
    pub(crate) async fn finish(&self) {
        let (done, finished) = oneshot::channel();
        let all = async {
            if self.waiting.send(Message::Finish(done)).await.is_ok() {
                let _ = finished.await;
            }
        };
        if timeout(PATIENCE, all).await.is_err() {
            tracing::warn!(
                "reporters of errors are too slow: some errors were not told before the end"
            );
        }
    }
}

/// Which errors were told, and when.
#[derive(Default)]
struct Known(HashMap<u64, Told>);

struct Told {
    at: Instant,
    repeated: u64,
}

impl Known {
    /// Is this error to be told? Then how often it came since it was told before.
    fn admit(&mut self, fingerprint: u64, now: Instant) -> Option<u64> {
        if let Some(told) = self.0.get_mut(&fingerprint) {
            if now.duration_since(told.at) < WINDOW {
                told.repeated += 1;
                return None;
            }
            told.at = now;
            return Some(std::mem::take(&mut told.repeated));
        }
        if self.0.len() >= MAX_KNOWN {
            let oldest = self.0.iter().min_by_key(|(_, told)| told.at).map(|(key, _)| *key);
            oldest.and_then(|key| self.0.remove(&key));
        }
        self.0.insert(fingerprint, Told { at: now, repeated: 0 });
        Some(0)
    }
}

struct Task {
    reporters: Vec<Arc<dyn ErrorReporter>>,
    messages: mpsc::Receiver<Message>,
}

impl Task {
    async fn run(mut self) {
        while let Some(message) = self.messages.recv().await {
            match message {
                Message::Report(report) => self.tell(Arc::new(report)).await,
                // Whoever asked may have gone.
                Message::Finish(done) => drop(done.send(())),
            }
        }
    }

    /// Asks one after the other, as long as they let the next one hear of it.
    async fn tell(&self, report: Arc<ErrorReport>) {
        for reporter in &self.reporters {
            let (mine, its) = (Arc::clone(reporter), Arc::clone(&report));
            // A task of its own: it is the runtime that contains a panic.
            let mut telling = tokio::spawn(async move { mine.report(&its).await });
            match timeout(PATIENCE, &mut telling).await {
                Ok(Ok(Reported::Next)) => {}
                Ok(Ok(Reported::Last)) => return,
                Ok(Err(error)) => tracing::error!(?reporter, %error, "a reporter of errors failed"),
                Err(_) => {
                    telling.abort();
                    tracing::error!(
                        ?reporter,
                        "a reporter of errors took longer than {PATIENCE:?}"
                    );
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_error_is_told_once_in_a_window_and_then_how_often_it_came() {
        let (mut known, start) = (Known::default(), Instant::now());
        assert_eq!(known.admit(1, start), Some(0));
        assert_eq!(known.admit(1, start + WINDOW / 2), None);
        assert_eq!(known.admit(2, start), Some(0));
        assert_eq!(known.admit(1, start + WINDOW), Some(1));
    }

    #[test]
    fn the_oldest_error_is_forgotten_where_there_are_too_many() {
        let (mut known, start) = (Known::default(), Instant::now());
        let at = |number: u64| start + Duration::from_millis(number);
        let more = MAX_KNOWN as u64 + 10;
        (0..more).for_each(|number| assert_eq!(known.admit(number, at(number)), Some(0)));
        assert_eq!(known.0.len(), MAX_KNOWN);
        assert_eq!(known.admit(more - 1, at(more)), None);
        assert_eq!(known.admit(0, at(more)), Some(0));
    }

    #[tokio::test]
    async fn a_full_queue_delays_nobody() {
        let reporting = Reporting::new(Vec::new());
        for _ in 0..MAX_WAITING * 2 {
            let mut known = reporting.known.lock().unwrap();
            known.0.clear();
            drop(known);
            reporting.report("id", &Error::internal("x"));
        }
        assert_eq!(reporting.dropped.load(Relaxed), MAX_WAITING as u64);
    }
}
