//! Every order in which threads can ask for a service that nobody has built yet, by loom.
//!
//! The file under test is compiled here a second time, with loom's locks for the standard ones.

#![allow(clippy::unwrap_used, dead_code, unreachable_pub, reason = "a part of a crate, in a test")]

mod sync {
    pub(crate) use std::sync::PoisonError;

    pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard};
    pub(crate) use loom::thread::{ThreadId, current};
}

#[path = "../../src/container/builds.rs"]
mod builds;

use builds::{Builds, Turn};
use loom::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use loom::sync::{Arc, Mutex};
use loom::thread;

/// The cells of two services, outside of any scope.
const ONE: (u64, u64) = (1, 0);
const OTHER: (u64, u64) = (2, 0);

/// A service as the resolver builds it: what was built is in `kept`.
#[derive(Default)]
struct Service {
    builds: Builds,
    kept: Mutex<Option<usize>>,
    tries: AtomicUsize,
}

impl Service {
    /// As `Resolver::once`. The first `failures` tries build nothing.
    fn get(&self, failures: usize) -> Option<usize> {
        loop {
            if let Some(kept) = *self.kept.lock().unwrap() {
                return Some(kept);
            }
            let _permit = match self.builds.turn(ONE) {
                Turn::Mine(permit) => permit,
                Turn::Over => continue,
                Turn::Circular => unreachable!("a service that needs no other"),
            };
            if self.kept.lock().unwrap().is_some() {
                continue;
            }
            let built = self.tries.fetch_add(1, SeqCst);
            if built < failures {
                return None;
            }
            *self.kept.lock().unwrap() = Some(built);
        }
    }
}

#[test]
fn a_service_is_built_once_and_everybody_has_that_one() {
    model(|| {
        let service = Arc::new(Service::default());
        let others = [0, 1].map(|_| {
            let service = Arc::clone(&service);
            thread::spawn(move || service.get(0))
        });
        assert_eq!(service.get(0), Some(0));
        assert!(others.into_iter().all(|other| other.join().unwrap() == Some(0)));
        assert_eq!(service.tries.load(SeqCst), 1);
    });
}

#[test]
fn who_fails_gives_the_turn_to_who_waits() {
    model(|| {
        let service = Arc::new(Service::default());
        let other = {
            let service = Arc::clone(&service);
            thread::spawn(move || service.get(1))
        };
        let both = [service.get(1), other.join().unwrap()];
        assert!(both.contains(&None) && both.contains(&Some(1)), "{both:?}");
        assert_eq!(service.tries.load(SeqCst), 2);
    });
}

/// Builds `first`, which needs `then`; true if it was told that this is a circle.
fn meets_a_circle(builds: &Builds, first: (u64, u64), then: (u64, u64)) -> bool {
    let _permit = match builds.turn(first) {
        Turn::Mine(permit) => permit,
        Turn::Over => return false,
        Turn::Circular => return true,
    };
    match builds.turn(then) {
        Turn::Mine(_) | Turn::Over => false,
        Turn::Circular => true,
    }
}

#[test]
fn two_that_need_each_other_never_wait_for_each_other() {
    model(|| {
        let builds = Arc::new(Builds::default());
        let other = {
            let builds = Arc::clone(&builds);
            thread::spawn(move || meets_a_circle(&builds, OTHER, ONE))
        };
        let mine = meets_a_circle(&builds, ONE, OTHER);
        let its = other.join().unwrap();
        assert!(!(mine && its), "whoever comes second is told, and the first goes on");
        assert!(matches!(builds.turn(ONE), Turn::Mine(_)), "nothing is left behind");
    });
}

#[test]
fn who_needs_itself_is_told() {
    model(|| assert!(meets_a_circle(&Builds::default(), ONE, ONE)));
}

/// Three preemptions are as far as orders go in seconds; nearly every mistake needs fewer.
fn model(run: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(run);
}
