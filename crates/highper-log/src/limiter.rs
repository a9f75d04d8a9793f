//! Lines that repeat: so many a second from each place in the code, then some, then a count.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use tracing::Metadata;

use crate::Level;
use crate::fields::Fields;
use crate::scratch::Scratch;
use crate::shared::Shared;

/// How many lines a second one place in the code may write.
///
/// The first lines of a second are written, then, if so wished, one of several. About a second later one
/// line tells how many were held back, with the target, file and line that they come from. What comes
/// from a [`Logger`](crate::Logger), and the access log, are not limited: their place in the code says
/// nothing.
///
/// # Example
/// ```
/// use highper_log::RateLimit;
///
/// let ten_then_one_of_hundred = RateLimit::per_second(10).then_one_of(100);
/// # let _ = ten_then_one_of_hundred;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RateLimit {
    first: u64,
    one_of: u64,
}

impl RateLimit {
    /// So many lines a second, and no more.
    #[must_use]
    pub const fn per_second(lines: u32) -> Self {
        Self { first: lines as u64, one_of: 0 }
    }

    /// After those, one of so many; 0 is none.
    #[must_use]
    pub const fn then_one_of(mut self, lines: u32) -> Self {
        self.one_of = lines as u64;
        self
    }
}

/// What the limit counts, and the thread that tells of it.
#[derive(Debug)]
pub(crate) struct Limiter {
    limit: RateLimit,
    start: Instant,
    /// By the address of their metadata. There are as many as places in the code, at most.
    places: Mutex<HashMap<usize, Arc<Place>>>,
    /// Something was held back and is not told of.
    is_due: AtomicBool,
    teller: OnceLock<Thread>,
}

#[derive(Debug)]
struct Place {
    metadata: &'static Metadata<'static>,
    /// The second in the upper half, the lines of it in the lower.
    window: AtomicU64,
    held_back: AtomicU64,
}

impl Limiter {
    pub(crate) fn new(limit: RateLimit) -> Self {
        Self {
            limit,
            start: Instant::now(),
            places: Mutex::default(),
            is_due: AtomicBool::new(false),
            teller: OnceLock::new(),
        }
    }

    /// Counts a line of a place; false if it is held back.
    pub(crate) fn admits(&self, log: usize, metadata: &'static Metadata<'static>) -> bool {
        let address = std::ptr::from_ref(metadata).addr();
        PLACES.with_borrow_mut(|known| {
            let place =
                known.entry((log, address)).or_insert_with(|| self.place(address, metadata));
            let count = place.count(self.start.elapsed().as_secs());
            let over = count.saturating_sub(self.limit.first);
            if over == 0 || (self.limit.one_of > 0 && over % self.limit.one_of == 0) {
                return true;
            }
            place.held_back.fetch_add(1, Ordering::Relaxed);
            if !self.is_due.swap(true, Ordering::AcqRel)
                && let Some(teller) = self.teller.get()
            {
                teller.unpark();
            }
            false
        })
    }

    fn place(&self, address: usize, metadata: &'static Metadata<'static>) -> Arc<Place> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let place = places.entry(address).or_insert_with(|| {
            let (window, held_back) = (AtomicU64::new(0), AtomicU64::new(0));
            Arc::new(Place { metadata, window, held_back })
        });
        Arc::clone(place)
    }

    /// Takes the counts that are not told of.
    fn due(&self) -> Vec<(&'static Metadata<'static>, u64)> {
        self.is_due.store(false, Ordering::Release);
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = places.values().map(|place| {
            let count = place.held_back.swap(0, Ordering::Relaxed);
            (place.metadata, count)
        });
        counts.filter(|(_, count)| *count > 0).collect()
    }
}

impl Place {
    /// The number of this line among those of its second, from 1.
    fn count(&self, second: u64) -> u64 {
        let next = |window: u64| match window >> 32 == second {
            true if window as u32 == u32::MAX => window,
            true => window + 1,
            false => second << 32 | 1,
        };
        let ordering = Ordering::Relaxed;
        let before = self.window.fetch_update(ordering, ordering, |window| Some(next(window)));
        next(before.unwrap_or_default()) & u64::from(u32::MAX)
    }
}

/// Starts the thread that tells, a second after something was held back.
///
/// # Errors
/// If the system gives no thread.
pub(crate) fn start_telling(shared: &Arc<Shared>) -> io::Result<()> {
    let Some(limiter) = &shared.limiter else { return Ok(()) };
    let weak = Arc::downgrade(shared);
    let thread = thread::Builder::new().name("highper-log-limit".to_owned());
    let handle = thread.spawn(move || tell_until_the_end(&weak))?;
    let _ = limiter.teller.set(handle.thread().clone());
    Ok(())
}

fn tell_until_the_end(shared: &Weak<Shared>) {
    loop {
        // Also ends some time after the last handle of the log is gone.
        thread::park_timeout(LOOK);
        let Some(shared) = shared.upgrade() else { return };
        let Some(limiter) = &shared.limiter else { return };
        if limiter.is_due.load(Ordering::Acquire) {
            let until = Instant::now() + Duration::from_secs(1);
            while let Some(left) = until.checked_duration_since(Instant::now()) {
                thread::park_timeout(left);
            }
            tell(&shared);
        }
    }
}

/// Writes a line for each place that was held back.
pub(crate) fn tell(shared: &Shared) {
    let due = shared.limiter.as_ref().map(Limiter::due).unwrap_or_default();
    for (metadata, count) in due {
        Scratch::lend(|scratch| {
            let (file, line) = (metadata.file().unwrap_or_default(), metadata.line());
            scratch.message = format!("{count} more lines like those before were held back");
            let mut context = Fields::new(&mut scratch.context, 0, &shared.redaction);
            context.add("held_back", count);
            context.add("target", metadata.target());
            context.add("file", file);
            context.add("line", line);
            scratch.extra.extend_from_slice(&shared.extra);
            let channel = &shared.channels[shared.of_target(metadata.target())];
            shared.write(channel, Level::from(*metadata.level()), scratch);
        });
    }
}

/// How often the telling thread looks whether the log is still there.
const LOOK: Duration = Duration::from_secs(60);

thread_local! {
    /// The places that this thread has counted, by log and address, so that it takes no lock.
    static PLACES: RefCell<HashMap<(usize, usize), Arc<Place>>> = RefCell::default();
}
