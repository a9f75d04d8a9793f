//! A file that is put aside when it is large enough or a day is over.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::timestamp::{day_of, push_date};

/// When a file of lines is put aside, and how many of those are kept.
///
/// The file that is written has always the name given. It is put aside as `NAME.2026-11-23.1`, with the
/// day of its last line and a number that rises. A file belongs to one process: where
/// several write, each needs a name of its own.
///
/// Where somebody else moves or removes the file, another is begun under the name within a second.
///
/// # Example
/// ```
/// use highper_log::Rotation;
///
/// let rotation = Rotation::never().daily().at_bytes(64 << 20).keep(14);
/// # let _ = rotation;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Rotation {
    bytes: u64,
    daily: bool,
    keep: usize,
}

impl Rotation {
    /// One file that grows, for those whose system puts it aside.
    #[must_use]
    pub const fn never() -> Self {
        Self { bytes: u64::MAX, daily: false, keep: DEFAULT_KEPT }
    }

    /// Puts the file aside at the first line of another day (UTC).
    #[must_use]
    pub const fn daily(mut self) -> Self {
        self.daily = true;
        self
    }

    /// Puts the file aside before it would have more than `bytes`.
    ///
    /// Lines are written many at once and stay together: a file may have more by one such lot.
    #[must_use]
    pub const fn at_bytes(mut self, bytes: u64) -> Self {
        self.bytes = bytes;
        self
    }

    /// How many files that were put aside are kept; older ones are removed. Default: 30.
    #[must_use]
    pub const fn keep(mut self, files: usize) -> Self {
        self.keep = files;
        self
    }
}

/// The file, as a sink.
#[derive(Debug)]
pub(crate) struct RotatingFile {
    path: PathBuf,
    rotation: Rotation,
    file: File,
    length: u64,
    /// The moment of the last line, or of the last change of a file that was there.
    last: SystemTime,
    /// When it was looked whether the name is still that of the file.
    looked: SystemTime,
    ends_whole: bool,
    clock: fn() -> SystemTime,
}

impl RotatingFile {
    pub(crate) fn open(path: &Path, rotation: Rotation) -> io::Result<Self> {
        Self::with_clock(path, rotation, SystemTime::now)
    }

    fn with_clock(path: &Path, rotation: Rotation, clock: fn() -> SystemTime) -> io::Result<Self> {
        let file = open(path)?;
        let known = file.metadata()?;
        let length = known.len();
        let looked = clock();
        let last = if length == 0 { looked } else { known.modified()? };
        let path = path.to_owned();
        Ok(Self { path, rotation, file, length, last, looked, ends_whole: true, clock })
    }

    fn is_full(&self, now: SystemTime, more: usize) -> bool {
        let rotation = &self.rotation;
        let too_large = self.length.saturating_add(more as u64) > rotation.bytes;
        let too_old = rotation.daily && day_of(now) != day_of(self.last);
        self.length > 0 && (too_large || too_old)
    }

    /// Begins another file where the name is no longer that of this one. Its lines would be read by nobody.
    fn follow_name(&mut self, now: SystemTime) -> io::Result<()> {
        if now.duration_since(self.looked).is_ok_and(|time| time < LOOK) {
            return Ok(());
        }
        self.looked = now;
        let own = self.file.metadata()?;
        let has_moved = match fs::metadata(&self.path) {
            Ok(there) => (there.dev(), there.ino()) != (own.dev(), own.ino()),
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        };
        if has_moved {
            // Until that can be done, lines are lost, and each lot tries again.
            self.looked = SystemTime::UNIX_EPOCH;
            self.file = open(&self.path)?;
            self.length = self.file.metadata()?.len();
            self.looked = now;
        }
        Ok(())
    }

    /// Puts the file aside and begins another. Where that fails the file goes on.
    fn rotate(&mut self) -> io::Result<()> {
        let mut date = Vec::new();
        push_date(&mut date, self.last);
        let date = String::from_utf8_lossy(&date).into_owned();
        let mut aside = self.put_aside()?;
        // Never a number below one that is there, even if those before it were removed.
        let same_day = aside.iter().filter(|((day, _), _)| *day == date);
        let number = same_day.map(|((_, number), _)| number + 1).max().unwrap_or(1);
        let mut name = OsString::from(&self.path);
        name.push(format!(".{date}.{number}"));
        fs::rename(&self.path, &name)?;
        self.file = open(&self.path)?;
        self.length = 0;
        aside.push(((date, number), name.into()));
        aside.sort();
        let surplus = aside.len().saturating_sub(self.rotation.keep);
        aside[..surplus].iter().try_for_each(|(_, path)| fs::remove_file(path))
    }

    /// The files that were put aside, with their days and numbers.
    fn put_aside(&self) -> io::Result<Vec<((String, u32), PathBuf)>> {
        let folder = match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let mut aside = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if let Some(order) = order_of(self.path.file_name(), &entry.file_name()) {
                aside.push((order, entry.path()));
            }
        }
        Ok(aside)
    }
}

impl Write for RotatingFile {
    /// Takes whole lines, except for what goes on with a line that was begun.
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        let now = (self.clock)();
        if self.ends_whole {
            self.follow_name(now)?;
        }
        if self.ends_whole && self.is_full(now, lines.len()) {
            // Lines matter more than the size of the file: whoever cannot rotate writes on.
            let _ = self.rotate();
        }
        let written = self.file.write(lines)?;
        self.length += written as u64;
        self.last = now;
        self.ends_whole = written == lines.len() && lines.ends_with(b"\n");
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn open(path: &Path) -> io::Result<File> {
    File::options().create(true).append(true).open(path)
}

/// The date and number in the name of a file that was put aside.
fn order_of(name: Option<&OsStr>, other: &OsStr) -> Option<(String, u32)> {
    let rest = other.to_str()?.strip_prefix(name?.to_str()?)?.strip_prefix('.')?;
    let (date, number) = rest.rsplit_once('.')?;
    let is_date =
        date.len() == 10 && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let number = number.parse().ok().filter(|number| *number < u32::MAX)?;
    is_date.then(|| (date.to_owned(), number))
}

const DEFAULT_KEPT: usize = 30;

/// How often it is looked whether the name is still that of the file.
const LOOK: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::UNIX_EPOCH;

    use super::*;

    thread_local! {
        static DAY: Cell<u64> = const { Cell::new(0) };
    }

    fn clock() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(DAY.get() * 86_400)
    }

    fn folder(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("highper-log-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn files(folder: &Path) -> Vec<(String, String)> {
        let mut files: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| {
                let name = entry.file_name().into_string().unwrap();
                (name, fs::read_to_string(entry.path()).unwrap())
            })
            .collect();
        files.sort();
        files
    }

    fn named(name: &str, text: &str) -> (String, String) {
        (name.to_owned(), text.to_owned())
    }

    #[test]
    fn it_is_put_aside_by_day_with_the_day_of_its_last_line() {
        let folder = folder("daily");
        let rotation = Rotation::never().daily();
        let mut file = RotatingFile::with_clock(&folder.join("a.log"), rotation, clock).unwrap();
        for (day, line) in [(0, "1\n"), (0, "2\n"), (3, "3\n")] {
            DAY.set(day);
            file.write_all(line.as_bytes()).unwrap();
        }
        let expected = [named("a.log", "3\n"), named("a.log.1970-01-01.1", "1\n2\n")];
        assert_eq!(files(&folder), expected);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn it_is_put_aside_by_size_at_the_end_of_a_line_and_the_oldest_are_removed() {
        let folder = folder("size");
        fs::write(folder.join("a.log.txt"), "of others").unwrap();
        let rotation = Rotation::never().at_bytes(8).keep(2);
        let path = folder.join("a.log");
        let mut file = RotatingFile::with_clock(&path, rotation, clock).unwrap();
        for line in ["1.....\n", "2..", "...\n", "3.....\n", "4.....\n"] {
            file.write_all(line.as_bytes()).unwrap();
        }
        // Another run of the program goes on with the same file.
        let mut file = RotatingFile::with_clock(&path, rotation, clock).unwrap();
        file.last = clock();
        file.write_all(b"5.....\n").unwrap();
        let expected = [
            named("a.log", "5.....\n"),
            named("a.log.1970-01-01.3", "3.....\n"),
            named("a.log.1970-01-01.4", "4.....\n"),
            named("a.log.txt", "of others"),
        ];
        assert_eq!(files(&folder), expected);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn where_it_cannot_be_put_aside_lines_are_written_on() {
        let folder = folder("stuck");
        let path = folder.join("a.log");
        let rotation = Rotation::never().at_bytes(1);
        let mut file = RotatingFile::with_clock(&path, rotation, clock).unwrap();
        file.write_all(b"1\n").unwrap();
        fs::remove_file(&path).unwrap();
        file.write_all(b"2\n").unwrap();
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn whoever_moves_or_removes_it_finds_another_under_its_name() {
        let folder = folder("moved");
        let path = folder.join("a.log");
        let mut file = RotatingFile::with_clock(&path, Rotation::never(), clock).unwrap();
        file.write_all(b"1\n").unwrap();
        fs::rename(&path, folder.join("a.log.old")).unwrap();
        DAY.set(1);
        file.write_all(b"2\n").unwrap();
        assert_eq!(files(&folder), [named("a.log", "2\n"), named("a.log.old", "1\n")]);
        fs::remove_file(&path).unwrap();
        DAY.set(2);
        file.write_all(b"3\n").unwrap();
        assert_eq!(files(&folder)[0], named("a.log", "3\n"));
        fs::remove_dir_all(&folder).unwrap();
        DAY.set(3);
        assert!(file.write_all(b"4\n").is_err(), "it is counted as lost");
        fs::create_dir_all(&folder).unwrap();
        file.write_all(b"5\n").unwrap();
        assert_eq!(files(&folder), [named("a.log", "5\n")]);
        fs::remove_dir_all(folder).unwrap();
    }
}
