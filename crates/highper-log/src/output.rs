//! Where lines go.

use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use crate::format::Record;
use crate::queue::Queue;
use crate::rotating_file::RotatingFile;
use crate::{Format, Level, Redaction, Rotation, writer};

/// A place where the lines of channels go: with a form, a level of its own, a queue and a thread that
/// writes.
///
/// The outputs of a channel are asked in their order; one that takes a record and does not let it
/// [bubble](Self::bubble) is the last.
///
/// # Example
/// ```
/// use highper_log::{Format, Level, Output, Rotation};
///
/// let everything = Output::file("shop.log", Rotation::never().daily());
/// let grave = Output::stderr().format(Format::Text).level(Level::Error);
/// # let _ = (everything, grave);
/// ```
pub struct Output {
    sink: Sink,
    format: Format,
    level: Level,
    bubbles: bool,
    queue_bytes: usize,
}

enum Sink {
    Open(Box<dyn Write + Send>),
    File(PathBuf, Rotation),
}

impl Output {
    /// The standard output, as JSON.
    #[must_use]
    pub fn stdout() -> Self {
        Self::writer(io::stdout())
    }

    /// The standard error, as JSON.
    #[must_use]
    pub fn stderr() -> Self {
        Self::writer(io::stderr())
    }

    /// A file, which is made if there is none, as JSON.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>, rotation: Rotation) -> Self {
        Self::new(Sink::File(path.into(), rotation))
    }

    /// Nowhere: stops what it takes from going further, where it does not bubble.
    #[must_use]
    pub fn null() -> Self {
        Self::writer(io::sink())
    }

    /// Anything that takes bytes, as JSON. It is given whole lines, many at once, on a thread of its
    /// own: it may block, and may fail; see [`LogCounts::failed`](crate::LogCounts::failed).
    #[must_use]
    pub fn writer(sink: impl Write + Send + 'static) -> Self {
        Self::new(Sink::Open(Box::new(sink)))
    }

    fn new(sink: Sink) -> Self {
        let (format, level) = (Format::Json, Level::Debug);
        Self { sink, format, level, bubbles: true, queue_bytes: QUEUE_BYTES }
    }

    /// Sets the form of a line.
    #[must_use]
    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// Sets the least grave level that is taken. Default: debug, all that the channel takes.
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// Do records that were taken here go on to the next output of the channel? Default: yes.
    #[must_use]
    pub fn bubble(mut self, bubbles: bool) -> Self {
        self.bubbles = bubbles;
        self
    }

    /// Sets the most bytes of lines that wait to be written. Default: [`QUEUE_BYTES`].
    ///
    /// A thread has at least a sixteenth of it; where that is full its lines are dropped and counted.
    #[must_use]
    pub fn queue_bytes(mut self, bytes: usize) -> Self {
        self.queue_bytes = bytes;
        self
    }

    /// Opens the sink and starts to write.
    pub(crate) fn start(self) -> Result<Started, String> {
        let sink = match self.sink {
            Sink::Open(sink) => sink,
            Sink::File(path, rotation) => {
                let opened = RotatingFile::open(&path, rotation);
                Box::new(opened.map_err(|error| {
                    format!("{} cannot be opened for lines of the log: {error}", path.display())
                })?)
            }
        };
        let queue = Arc::new(Queue::new(self.queue_bytes));
        writer::start(Arc::clone(&queue), sink, self.format)
            .map_err(|error| format!("no thread to write the log: {error}"))?;
        Ok(Started { queue, format: self.format, level: self.level, bubbles: self.bubbles })
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut output = f.debug_struct("Output");
        output.field("format", &self.format).field("level", &self.level);
        output.field("bubbles", &self.bubbles).field("queue_bytes", &self.queue_bytes);
        output.finish_non_exhaustive()
    }
}

/// An output that is written to.
#[derive(Clone, Debug)]
pub(crate) struct Started {
    pub(crate) queue: Arc<Queue>,
    format: Format,
    level: Level,
    bubbles: bool,
}

impl Started {
    /// Does it take records of this level as JSON, and let them go on to the next?
    pub(crate) fn is_plain_json(&self, level: Level) -> bool {
        self.format == Format::Json && level >= self.level && self.bubbles
    }

    /// Takes a record; says whether it is offered to the next. `line` is memory to work in.
    #[inline]
    pub(crate) fn take(
        &self,
        record: &Record<'_>,
        redaction: &Redaction,
        line: &mut Vec<u8>,
    ) -> bool {
        if record.level < self.level {
            return true;
        }
        line.clear();
        self.format.push(line, record);
        redaction.mask(line, 0);
        self.queue.push(line);
        self.bubbles
    }
}

/// The most bytes of lines that wait to be written, for each output: 16 MiB.
pub const QUEUE_BYTES: usize = 16 << 20;
