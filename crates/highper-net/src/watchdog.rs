//! Tells of workers that a connection's task blocks: nothing else on them gets its turn meanwhile.

use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    thread,
    time::{Duration, Instant},
};

use highper_core::{Activity, ActivitySample};
use tracing::warn;

use crate::handle::{Control, Phase};

/// The threads that a watchdog looks at.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    threads: Mutex<Vec<(String, Arc<Activity>)>>,
}

impl Watched {
    /// Has the thread that calls this looked at.
    pub(crate) fn add_this_thread(&self) {
        let name = thread::current().name().unwrap_or("a worker").to_owned();
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.push((name, Activity::of_this_thread()));
    }

    fn threads(&self) -> Vec<(String, Arc<Activity>)> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What was seen of a thread, and since when it has not changed.
struct Seen {
    sample: ActivitySample,
    since: Instant,
    is_told: bool,
}

/// Looks at the server's threads, from a thread of its own, until the server ends.
///
/// A handler is told of once it has been seen in the same poll for `threshold`: at the latest half
/// as much again after it began to block.
pub(crate) fn start(control: &Arc<Control>, threshold: Duration) {
    let control = Arc::downgrade(control);
    let watch = move || watch(&control, threshold);
    // Without a thread for it the server is not watched, and serves all the same.
    if let Err(error) = thread::Builder::new().name("highper-watchdog".to_owned()).spawn(watch) {
        warn!(%error, "no watchdog: handlers that block a worker will not be told of");
    }
}

fn watch(control: &Weak<Control>, threshold: Duration) {
    let mut seen: Vec<Seen> = Vec::new();
    loop {
        thread::park_timeout(threshold / LOOKS);
        let Some(control) = control.upgrade() else { return };
        if control.phase() == Phase::Stopped {
            return;
        }
        for (index, (name, activity)) in control.watched.threads().iter().enumerate() {
            let sample = activity.sample();
            let now = Seen { sample, since: Instant::now(), is_told: false };
            match seen.get_mut(index) {
                None => seen.push(now),
                Some(seen) if seen.sample != sample => *seen = now,
                Some(seen) => tell(&control, name, seen, threshold),
            }
        }
    }
}

/// How often a thread is looked at in the time that it may take.
const LOOKS: u32 = 2;

fn tell(control: &Control, worker: &str, seen: &mut Seen, threshold: Duration) {
    let blocked = seen.since.elapsed();
    if seen.is_told || !seen.sample.is_working() || blocked < threshold {
        return;
    }
    seen.is_told = true;
    control.blocked();
    if let Some(held_back) = control.told_of_blocked.pass() {
        let route = seen.sample.route.map(|route| &*route.path);
        warn!(
            worker,
            route,
            ?blocked,
            held_back,
            "something blocks this worker and everybody on it: do what takes long in \
             `tokio::task::spawn_blocking`, and await instead of waiting"
        );
    }
}
