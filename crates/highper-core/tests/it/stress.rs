//! Many threads at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use highper_core::Container;

const THREADS: usize = 8;
const ROUNDS: usize = 200;

struct Slow(usize);
struct Left;
struct Right;
struct Flaky;

#[test]
fn a_lazy_singleton_is_made_once_however_many_ask_first() {
    for _ in 0..ROUNDS {
        let made = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&made);
        let container = Container::builder()
            .lazy_singleton(move || {
                thread::yield_now();
                Ok(Slow(counted.fetch_add(1, Ordering::SeqCst)))
            })
            .build()
            .unwrap();
        let start = Barrier::new(THREADS);
        thread::scope(|threads| {
            for _ in 0..THREADS {
                threads.spawn(|| {
                    start.wait();
                    assert_eq!(container.get::<Slow>().unwrap().0, 0);
                });
            }
        });
        assert_eq!(made.load(Ordering::SeqCst), 1);
    }
}

#[test]
fn a_scoped_service_is_made_once_in_a_scope_that_threads_share() {
    let container = Container::builder().scoped(|| Ok(Left)).build().unwrap();
    for _ in 0..ROUNDS {
        let (scope, start) = (container.scope(), Barrier::new(THREADS));
        let first = thread::scope(|threads| {
            let get = || {
                start.wait();
                scope.get::<Left>().unwrap()
            };
            let threads: Vec<_> = (0..THREADS).map(|_| threads.spawn(get)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert!(first.iter().all(|it| Arc::ptr_eq(it, &first[0])));
    }
}

/// Boot cannot see this circle. Two threads that enter it at both ends would wait for each other.
#[test]
fn a_circle_over_two_threads_is_an_error_and_no_deadlock() {
    for _ in 0..ROUNDS {
        let container = Container::builder()
            .lazy_singleton(|container: Container| {
                thread::yield_now();
                container.get::<Right>()?;
                Ok(Left)
            })
            .lazy_singleton(|container: Container| {
                thread::yield_now();
                container.get::<Left>()?;
                Ok(Right)
            })
            .build()
            .unwrap();
        let start = Barrier::new(2);
        thread::scope(|threads| {
            let left = threads.spawn(|| {
                start.wait();
                container.get::<Left>().map(drop)
            });
            let right = threads.spawn(|| {
                start.wait();
                container.get::<Right>().map(drop)
            });
            let errors = [left.join().unwrap().unwrap_err(), right.join().unwrap().unwrap_err()];
            assert!(errors.iter().any(|error| error.is_circular()), "{errors:?}");
        });
    }
}

#[test]
fn a_factory_that_fails_or_panics_leaves_the_turn_to_the_next() {
    let tries = AtomicUsize::new(0);
    let container = Container::builder()
        .lazy_singleton(move || match tries.fetch_add(1, Ordering::SeqCst) {
            0 => Err("not yet".into()),
            1 => panic!("worse"),
            _ => Ok(Flaky),
        })
        .build()
        .unwrap();
    assert!(container.get::<Flaky>().is_err());
    let panicked =
        thread::scope(|threads| threads.spawn(|| container.get::<Flaky>().map(drop)).join());
    assert!(panicked.is_err());
    assert!(container.get::<Flaky>().is_ok());
}

/// Each factory returns only when the other has begun.
#[test]
fn services_that_do_not_need_each_other_are_made_at_the_same_time() {
    let meeting = Arc::new(Barrier::new(2));
    let other = Arc::clone(&meeting);
    let container = Container::builder()
        .lazy_singleton(move || {
            meeting.wait();
            Ok(Left)
        })
        .lazy_singleton(move || {
            other.wait();
            Ok(Right)
        })
        .build()
        .unwrap();
    thread::scope(|threads| {
        threads.spawn(|| container.get::<Left>().map(drop).unwrap());
        threads.spawn(|| container.get::<Right>().map(drop).unwrap());
    });
}
