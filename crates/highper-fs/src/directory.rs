//! Files of a directory: small ones kept in memory, and no worker waits for a disk.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use rustix::fs::{FileType, Stat, fstat};
use tokio::task::spawn_blocking;

use crate::coding::Coding;
use crate::content_type::content_type;
use crate::file_set::{Content, FileSet, Found, Representation};
use crate::listing::{self, Listed};
use crate::page_cache::read_cached;
use crate::root::{Lookup, Root};
use crate::rules::Rules;
use crate::validator::{Validator, is_settled};

/// Where the files are, and those that are kept.
#[derive(Debug)]
pub(crate) struct Directory {
    shelf: Arc<Shelf>,
    kept: Cache<Box<str>, Arc<Kept>, Weight>,
    started: Instant,
}

/// What a thread that reads files needs.
#[derive(Debug)]
struct Shelf {
    root: Root,
    rules: Arc<Rules>,
}

#[derive(Debug)]
struct Kept {
    files: Arc<FileSet>,
    /// When it was last seen to be as it is on disk, in milliseconds since the start.
    checked: AtomicU64,
    weight: u64,
}

#[derive(Debug, Clone)]
struct Weight;

impl Weighter<Box<str>, Arc<Kept>> for Weight {
    fn weight(&self, name: &Box<str>, kept: &Arc<Kept>) -> u64 {
        kept.weight + name.len() as u64 + ENTRY_BYTES
    }
}

impl Directory {
    pub(crate) fn new(root: Root, rules: Arc<Rules>, memory_bytes: u64) -> Self {
        let items =
            usize::try_from(memory_bytes / TYPICAL_BYTES).unwrap_or(usize::MAX).min(MAX_ITEMS);
        Self {
            shelf: Arc::new(Shelf { root, rules }),
            kept: Cache::with_weighter(items, memory_bytes, Weight),
            started: Instant::now(),
        }
    }

    /// What is at `name`; no system call for a small file that was looked at within a second.
    pub(crate) async fn find(&self, name: &str) -> io::Result<Found> {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let kept = self.kept.get(name);
        if let Some(kept) = &kept
            && kept.is_usable(now)
        {
            return Ok(Found::File(Arc::clone(&kept.files)));
        }
        let was_kept = kept.is_some();
        let before = kept.map(|kept| Arc::clone(&kept.files));
        let found = match self.shelf.read(name, before.as_deref(), Lookup::Memory) {
            Ok(found) => found,
            Err(_) => self.read_from_disk(name, before).await?,
        };
        match &found {
            Found::File(files) => match files.bytes_in_memory() {
                Some(weight) => {
                    let (files, checked) = (Arc::clone(files), AtomicU64::new(now));
                    self.kept.insert(name.into(), Arc::new(Kept { files, checked, weight }));
                }
                None => self.forget(name, was_kept),
            },
            Found::Directory | Found::Missing => self.forget(name, was_kept),
        }
        Ok(found)
    }

    async fn read_from_disk(&self, name: &str, before: Option<Arc<FileSet>>) -> io::Result<Found> {
        let (shelf, name) = (Arc::clone(&self.shelf), name.to_owned());
        spawn_blocking(move || shelf.read(&name, before.as_deref(), Lookup::Disk))
            .await
            .map_err(io::Error::other)
            .flatten()
    }

    /// Only what was kept is taken out: whoever asks for what is not there takes no lock for writing.
    fn forget(&self, name: &str, was_kept: bool) {
        if was_kept {
            self.kept.remove(name);
        }
    }

    /// What is in the directory `name`.
    pub(crate) async fn list(&self, name: String) -> io::Result<Listed> {
        let shelf = Arc::clone(&self.shelf);
        spawn_blocking(move || {
            let (file, _) = shelf.root.open_beneath(&name, Lookup::Disk)?;
            listing::read(&file)
        })
        .await
        .map_err(io::Error::other)
        .flatten()
    }
}

impl Kept {
    /// True if it was looked at lately. The first who finds it old looks again, and the others go on
    /// with it for as long again: one look a second, however many ask.
    fn is_usable(&self, now: u64) -> bool {
        let checked = self.checked.load(Ordering::Relaxed);
        let age = now.saturating_sub(checked);
        if age < FRESH_MS {
            return true;
        }
        let is_first = self
            .checked
            .compare_exchange(checked, checked.max(now), Ordering::Relaxed, Ordering::Relaxed)
            .is_ok();
        !is_first && age < 2 * FRESH_MS
    }
}

impl Shelf {
    /// Reads a file and its other forms; those that are as they were in `before` are taken from there.
    fn read(&self, name: &str, before: Option<&FileSet>, lookup: Lookup) -> io::Result<Found> {
        let (file, stat) = match self.root.open_beneath(name, lookup) {
            Err(error) if lookup == Lookup::Disk && is_absence(&error) => {
                return Ok(Found::Missing);
            }
            opened => opened?,
        };
        if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
            return Ok(Found::Directory);
        }
        let original = load(file, &stat, "", before.map(|before| &before.original), lookup)?;
        let mut coded = Vec::new();
        for coding in Coding::ALL.into_iter().filter(|_| self.rules.is_precompressed) {
            let beside = format!("{name}{}", coding.suffix());
            let (file, stat) = match self.root.open_beneath(&beside, lookup) {
                Ok(opened) => opened,
                Err(error)
                    if lookup == Lookup::Memory && error.kind() != io::ErrorKind::NotFound =>
                {
                    return Err(error);
                }
                // Whatever is wrong with it, the original is there.
                Err(_) => continue,
            };
            if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
                continue;
            }
            let known =
                before.and_then(|before| before.coded.iter().find(|(each, _)| *each == coding));
            let suffix = format!("-{}", coding.name());
            coded.push((coding, load(file, &stat, &suffix, known.map(|(_, form)| form), lookup)?));
        }
        Ok(Found::File(Arc::new(FileSet {
            content_type: content_type(name),
            cache_control: self.rules.cache_control(name),
            original,
            coded,
        })))
    }
}

/// One form of a file: in memory if it is small.
fn load(
    file: OwnedFd,
    stat: &Stat,
    suffix: &str,
    before: Option<&Representation>,
    lookup: Lookup,
) -> io::Result<Representation> {
    let length = u64::try_from(stat.st_size).unwrap_or(0);
    let (modified, now) = (modified(stat), SystemTime::now());
    let mut validator = Validator::of_file(modified, length, suffix, now);
    let file = File::from(file);
    if length > SMALL_FILE_BYTES {
        let file = Arc::new(file);
        return Ok(Representation { validator, content: Content::File { file, length } });
    }
    if let Some(before) = before
        && before.validator.tag == validator.tag
        && is_settled(modified, now)
    {
        return Ok(before.clone());
    }
    let bytes = read_small(&file, length, lookup)?;
    if bytes.len() as u64 != length || self::modified(&fstat(&file)?) != modified {
        // It was written meanwhile: the tag is of what was read, and weak.
        validator = Validator::of_file(now, bytes.len() as u64, suffix, now);
    }
    Ok(Representation { validator, content: Content::Memory(bytes) })
}

/// All of a small file; from memory, only if it has `length` bytes there.
fn read_small(file: &File, length: u64, lookup: Lookup) -> io::Result<Bytes> {
    if lookup == Lookup::Memory {
        return read_cached(file, &(0..length))
            .filter(|bytes| bytes.len() as u64 == length)
            .ok_or_else(|| io::ErrorKind::WouldBlock.into());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1);
    file.take(SMALL_FILE_BYTES).read_to_end(&mut bytes)?;
    Ok(Bytes::from(bytes))
}

fn modified(stat: &Stat) -> SystemTime {
    let seconds = u64::try_from(stat.st_mtime).unwrap_or(0);
    let nanos = u32::try_from(stat.st_mtime_nsec).unwrap_or(0);
    SystemTime::UNIX_EPOCH
        .checked_add(Duration::new(seconds, nanos))
        .unwrap_or(SystemTime::UNIX_EPOCH)
}

/// True for errors that say that there is no such file, or that it lies outside.
fn is_absence(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let absent = [
        Errno::NOENT,
        Errno::NOTDIR,
        Errno::LOOP,
        Errno::XDEV,
        Errno::NAMETOOLONG,
        Errno::NXIO,
        Errno::INVAL,
    ];
    error.kind() == io::ErrorKind::NotFound
        || Errno::from_io_error(error).is_some_and(|errno| absent.contains(&errno))
}

/// Files up to this are kept in memory: 64 KiB.
pub(crate) const SMALL_FILE_BYTES: u64 = 64 * 1024;

/// How long a kept file is believed without a look, in milliseconds.
const FRESH_MS: u64 = 1000;

/// Headers, counters and the entry itself: about so many bytes a file.
const ENTRY_BYTES: u64 = 512;

/// How large the table of kept files is made at first, assuming files of this size.
const TYPICAL_BYTES: u64 = 16 * 1024;
const MAX_ITEMS: usize = 16 * 1024;
