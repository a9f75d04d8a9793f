//! The thread that writes lines to a sink.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, SystemTime};

use crate::format::Record;
use crate::queue::{IDLE_CAPACITY, Queue};
use crate::{Format, Level};

/// Writes what is in `queue` to `sink` on a thread of its own, until the queue has ended.
///
/// # Errors
/// If the system gives no thread.
pub(crate) fn start(
    queue: Arc<Queue>,
    sink: Box<dyn Write + Send>,
    format: Format,
) -> io::Result<()> {
    let writer = Writer {
        queue,
        sink,
        format,
        lines: Vec::new(),
        after: 0,
        dropped: 0,
        failed: 0,
        is_torn: false,
    };
    thread::Builder::new().name("highper-log".to_owned()).spawn(move || writer.run()).map(drop)
}

struct Writer {
    queue: Arc<Queue>,
    sink: Box<dyn Write + Send>,
    format: Format,
    lines: Vec<u8>,
    /// The part of the queue that was looked at last.
    after: usize,
    /// Lines that were dropped or could not be written, and are not told of yet.
    dropped: u64,
    failed: u64,
    /// The last line was written in part, because its sink failed in the middle of it.
    is_torn: bool,
}

impl Writer {
    fn run(mut self) {
        self.queue.is_written_by(thread::current());
        loop {
            let (asked, has_ended) = (self.queue.asked(), self.queue.has_ended());
            let wrote = self.drain();
            // What a flush fails with concerns lines that were counted as written; no one is told.
            let _ = self.sink.flush();
            self.queue.is_flushed(asked);
            if wrote {
                // Lines that come in this time are written together, and wake nobody.
                thread::park_timeout(GATHERING);
            } else if has_ended {
                return;
            } else if self.queue.may_sleep() {
                thread::park();
            }
        }
    }

    /// Writes all parts of the queue once; says whether there was anything.
    fn drain(&mut self) -> bool {
        let mut wrote = false;
        let mut lines = std::mem::take(&mut self.lines);
        // As many turns as there may be parts with lines; a flood does not keep a flush waiting.
        for _ in 0..TURNS {
            let Some(dropped) = self.queue.take(&mut self.after, &mut lines) else { break };
            wrote = true;
            self.dropped += dropped;
            self.write(&lines);
            lines.clear();
            if lines.capacity() > IDLE_CAPACITY {
                lines = Vec::new();
            }
        }
        self.lines = lines;
        if self.dropped + self.failed > 0 {
            self.tell_losses();
        }
        wrote
    }

    fn write(&mut self, lines: &[u8]) {
        let (whole, result) = self.write_all(lines);
        if result.is_err() {
            let lost = memchr::memchr_iter(b'\n', &lines[whole..]).count() as u64;
            self.failed += lost;
            self.queue.counts().failed.fetch_add(lost, Ordering::Relaxed);
        }
    }

    /// Writes until the end or an error; says how many bytes were taken.
    fn write_all(&mut self, lines: &[u8]) -> (usize, io::Result<()>) {
        if self.is_torn && !lines.is_empty() {
            // The next line must not be the end of the torn one.
            match self.sink.write(b"\n") {
                Ok(1) => self.is_torn = false,
                Ok(_) => return (0, Err(io::ErrorKind::WriteZero.into())),
                Err(error) => return (0, Err(error)),
            }
        }
        let mut written = 0;
        while written < lines.len() {
            match self.sink.write(&lines[written..]) {
                Ok(0) => return (written, Err(io::ErrorKind::WriteZero.into())),
                Ok(count) => {
                    written += count;
                    self.is_torn = !lines[..written].ends_with(b"\n");
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return (written, Err(error)),
            }
        }
        (written, Ok(()))
    }

    /// Tells how many lines are missing, as a line among the others.
    fn tell_losses(&mut self) {
        let (dropped, failed) = (self.dropped, self.failed);
        let message = format!(
            "{} lines are missing here: {dropped} found the queue full, {failed} could not be written",
            dropped + failed
        );
        let context = format!("\"dropped\":{dropped},\"failed\":{failed}");
        let mut line = Vec::new();
        let record = Record {
            time: SystemTime::now(),
            level: Level::Warning,
            channel: "log",
            message: &message,
            context: context.as_bytes(),
            extra: b"",
        };
        self.format.push(&mut line, &record);
        if self.write_all(&line).1.is_ok() {
            (self.dropped, self.failed) = (0, 0);
        }
    }
}

/// How long the writer gathers lines after it has written some: the delay of a line in a busy log.
const GATHERING: Duration = Duration::from_millis(2);

/// Parts that are written before those who wait for a flush are told.
const TURNS: usize = 64;

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, mpsc};

    use super::*;

    type Lines = Arc<Mutex<Vec<u8>>>;

    /// Takes at most so many bytes in all, then fails, until it is allowed more.
    struct Full(Arc<Mutex<usize>>, Lines);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut room = self.0.lock().unwrap();
            let taken = bytes.len().min(*room);
            if taken == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            *room -= taken;
            self.1.lock().unwrap().extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn a_full_disk_loses_lines_then_tells_how_many() {
        let (room, lines) = (Arc::new(Mutex::new(10)), Lines::default());
        let queue = Arc::new(Queue::new(1 << 20));
        let sink = Full(Arc::clone(&room), Arc::clone(&lines));
        start(Arc::clone(&queue), Box::new(sink), Format::Text).unwrap();
        for number in 1..=3 {
            queue.push(format!("line {number}\n").as_bytes());
        }
        assert!(queue.flush(LONG));
        assert_eq!(queue.counts().failed.load(Ordering::Relaxed), 2);
        *room.lock().unwrap() = usize::MAX;
        queue.push(b"line 4\n");
        assert!(queue.end(LONG));
        let text = String::from_utf8(lines.lock().unwrap().clone()).unwrap();
        let text: Vec<&str> = text.lines().collect();
        assert_eq!(text[..3], ["line 1", "lin", "line 4"]);
        assert!(text[3].contains("log.WARNING: 2 lines are missing"), "{text:?}");
        assert_eq!(text.len(), 4);
    }

    /// Waits for a word before it takes the first bytes.
    struct Held(Option<mpsc::Receiver<()>>, Lines);

    impl Write for Held {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if let Some(word) = self.0.take() {
                word.recv().unwrap();
            }
            self.1.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_sink_that_hangs_holds_up_nobody_and_what_was_dropped_is_told() {
        let (word, heard) = mpsc::sync_channel(1);
        let lines = Lines::default();
        let queue = Arc::new(Queue::new(16 * 64));
        let sink = Held(Some(heard), Arc::clone(&lines));
        start(Arc::clone(&queue), Box::new(sink), Format::Json).unwrap();
        for _ in 0..1_000 {
            queue.push(b"{\"datetime\":\"\"}\n");
        }
        assert!(!queue.flush(Duration::from_millis(1)), "it cannot have been written");
        word.send(()).unwrap();
        assert!(queue.end(LONG));
        let dropped = queue.counts().dropped.load(Ordering::Relaxed);
        let lines = lines.lock().unwrap();
        let (mut written, mut told) = (0, 0);
        for line in std::str::from_utf8(&lines).unwrap().lines() {
            let json: serde_json::Value = serde_json::from_str(line).unwrap();
            match json["context"]["dropped"].as_u64() {
                Some(count) => told += count,
                None => written += 1,
            }
        }
        assert!(dropped > 0);
        assert_eq!((told, written + dropped), (dropped, 1_000));
    }

    #[test]
    fn many_threads_lose_no_line_and_no_line_is_mixed_with_another() {
        let lines = Lines::default();
        let queue = Arc::new(Queue::new(64 << 20));
        start(Arc::clone(&queue), Box::new(Held(None, Arc::clone(&lines))), Format::Json).unwrap();
        thread::scope(|scope| {
            for thread in 0..20 {
                let queue = &queue;
                scope.spawn(move || {
                    for number in 0..1_000 {
                        queue.push(format!("{thread} {number}\n").as_bytes());
                    }
                });
            }
        });
        assert!(queue.end(LONG));
        let lines = lines.lock().unwrap();
        let mut next = [0; 20];
        for line in std::str::from_utf8(&lines).unwrap().lines() {
            let (thread, number) = line.split_once(' ').unwrap();
            let next = &mut next[thread.parse::<usize>().unwrap()];
            assert_eq!(number.parse(), Ok(*next));
            *next += 1;
        }
        assert_eq!(next, [1_000; 20]);
    }
}
