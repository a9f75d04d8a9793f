//! The log of a process: how it is made, changed while it runs, and ended.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;

use crate::layer::{LogFilter, LogLayer};
use crate::queue::Queue;
use crate::shared::Shared;
use crate::subscriber::LogSubscriber;
use crate::{ChannelLogger, Level, LogBuilder, limiter};

/// A log that is written: the handle to its channels. Clones are the same log.
///
/// # Example
/// ```
/// use highper_log::{Format, Level, Log, Output};
///
/// let (log, guard) = Log::builder().output(Output::stderr().format(Format::Text)).build()?;
/// log.install()?;
/// tracing::info!(book = "Dune", "sold");
/// tracing::error!(severity = "alert", "the shop is on fire");
///
/// log.set_level("app", Level::Warning)?;
/// tracing::info!("nobody sees this");
/// assert!(guard.end(std::time::Duration::from_secs(5)));
/// # Ok::<(), highper_log::LogError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Log {
    pub(crate) shared: Arc<Shared>,
}

impl Log {
    /// A log with one channel, `app`, and no output yet.
    #[must_use]
    pub fn builder() -> LogBuilder {
        LogBuilder::new()
    }

    /// Makes the events of tracing in the whole process lines of this log.
    ///
    /// # Errors
    /// If events go elsewhere already; use [`layer`](Self::layer) to have both.
    pub fn install(&self) -> Result<(), LogError> {
        begin(self.subscriber())
    }

    /// As [`install`](Self::install), on a registry that has other layers already.
    ///
    /// # Errors
    /// If events go elsewhere already.
    pub fn install_on<S>(&self, registry: S) -> Result<(), LogError>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync + 'static,
    {
        begin(registry.with(self.layer()))
    }

    /// The log as the only one that hears of events and spans: what [`install`](Self::install) has the
    /// whole process use, for a part of it.
    ///
    /// Cheaper than [`layer`](Self::layer) on a registry, which is for several to listen.
    #[must_use]
    pub fn subscriber(&self) -> impl Subscriber + use<> {
        LogSubscriber::new(Arc::clone(&self.shared))
    }

    /// The log as a layer, to be put on a registry beside others. The levels of its channels hold for
    /// this layer alone.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        LogLayer(Arc::clone(&self.shared)).with_filter(LogFilter(Arc::clone(&self.shared)))
    }

    /// A logger to one channel, for code that asks for a [`Logger`](crate::Logger).
    ///
    /// # Errors
    /// If there is no such channel.
    pub fn logger(&self, channel: &str) -> Result<ChannelLogger, LogError> {
        let channel = self.channel(channel)?;
        Ok(ChannelLogger { shared: Arc::clone(&self.shared), channel })
    }

    /// The least grave level that a channel takes.
    ///
    /// # Errors
    /// If there is no such channel.
    pub fn level(&self, channel: &str) -> Result<Level, LogError> {
        Ok(self.shared.channels[self.channel(channel)?].level.level())
    }

    /// Sets the least grave level that a channel takes, from the next event on.
    ///
    /// # Errors
    /// If there is no such channel.
    pub fn set_level(&self, channel: &str, level: Level) -> Result<(), LogError> {
        self.shared.channels[self.channel(channel)?].level.set(level);
        tracing::callsite::rebuild_interest_cache();
        Ok(())
    }

    fn channel(&self, name: &str) -> Result<usize, LogError> {
        self.shared.named(name).ok_or_else(|| {
            let names: Vec<&str> = self.shared.channels.iter().map(|it| &*it.name).collect();
            LogError::new(format!("there is no channel {name:?}; there are {}", names.join(", ")))
        })
    }

    /// How many lines were lost so far.
    #[must_use]
    pub fn counts(&self) -> LogCounts {
        let mut sum = LogCounts { dropped: 0, failed: 0 };
        for queue in self.queues() {
            sum.dropped += queue.counts().dropped.load(Ordering::Relaxed);
            sum.failed += queue.counts().failed.load(Ordering::Relaxed);
        }
        sum
    }

    /// Blocks until all lines so far are written, or the time is over; says which. For the end of a
    /// program and for tests: a worker must not wait here.
    #[must_use]
    pub fn flush(&self, within: Duration) -> bool {
        limiter::tell(&self.shared);
        self.each_queue(within, Queue::flush)
    }

    fn each_queue(&self, within: Duration, wait: fn(&Queue, Duration) -> bool) -> bool {
        let until = Instant::now() + within;
        let results = self
            .queues()
            .into_iter()
            .map(|queue| wait(queue, until.saturating_duration_since(Instant::now())));
        // Each is asked, whatever became of the one before.
        results.fold(true, |all, one| all & one)
    }

    /// Those of all outputs, each once.
    fn queues(&self) -> Vec<&Queue> {
        let mut queues: Vec<&Queue> = Vec::new();
        for output in self.shared.channels.iter().flat_map(|channel| &channel.outputs) {
            if !queues.iter().any(|known| std::ptr::eq(*known, &*output.queue)) {
                queues.push(&output.queue);
            }
        }
        queues
    }
}

/// Has all events of the process go to `subscriber`.
fn begin(subscriber: impl Subscriber + Send + Sync) -> Result<(), LogError> {
    tracing::subscriber::set_global_default(subscriber).map_err(|_| {
        LogError::new(
            "the events of this process go to another subscriber already: add Log::layer() to that, or \
             install this log first",
        )
    })
}

/// Lines that were lost, of all outputs together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogCounts {
    /// Found the queue full.
    pub dropped: u64,
    /// Were refused by their sink: a closed pipe, a full disk.
    pub failed: u64,
}

/// Ends the log when it is dropped: what was logged before is written, but nobody waits for a sink
/// longer than five seconds.
#[derive(Debug)]
#[must_use = "the log ends when its guard is dropped: keep it until the end of the program"]
pub struct Guard {
    pub(crate) log: Log,
    pub(crate) has_ended: bool,
}

impl Guard {
    /// Writes what was logged so far and ends the log; false where the time did not suffice.
    pub fn end(mut self, within: Duration) -> bool {
        self.has_ended = true;
        limiter::tell(&self.log.shared);
        self.log.each_queue(within, Queue::end)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !self.has_ended {
            limiter::tell(&self.log.shared);
            self.log.each_queue(END, Queue::end);
        }
    }
}

/// Why a log cannot be made or used so; tells all problems at once.
#[derive(Debug)]
pub struct LogError(String);

impl LogError {
    pub(crate) fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for LogError {}

/// How long a guard that is dropped waits for what is not written yet.
const END: Duration = Duration::from_secs(5);
