//! Every order in which a connection can park while the kernel tells of it, by loom.
//!
//! The files under test are compiled here a second time, with loom's locks for the standard ones.

#![allow(clippy::unwrap_used, dead_code, unreachable_pub, reason = "a part of a crate, in a test")]

mod sync {
    pub(crate) use std::sync::PoisonError;

    pub(crate) use loom::sync::atomic::AtomicBool;
    pub(crate) use loom::sync::{Arc, Mutex, MutexGuard};
}

#[path = "../../src/reactor/readiness.rs"]
mod readiness;

#[path = "../../src/reactor/slots/mod.rs"]
mod slots;

use std::task::{Context, Poll, Wake, Waker};

use loom::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    thread,
};
use readiness::{CALLED, READABLE, Readiness};
use slots::{Aside, Bounds, Event, Parked, Parking, Slots, Taken};
use sync::Arc;

const BOUNDS: Bounds = Bounds { max_hot: 8, max_parked: 8 };

fn parked() -> Parked<()> {
    Parked { io: (), since_ms: 0, peer: 0, listener: 0, is_fresh: false, aside: Aside::Nothing }
}

fn hot(slots: &Slots<()>) -> (u32, Arc<Readiness>) {
    let slot = slots.admit_parked(parked()).unwrap();
    match slots.event(slot, READABLE, true) {
        Event::Start(_, readiness) => (slot, readiness),
        other => panic!("{other:?}"),
    }
}

/// A socket: bytes that the kernel has, and that a read takes all at once.
#[derive(Default)]
struct Socket(AtomicUsize);

/// A task's waker that is remembered; the standard one will do, since loom does not look into it.
struct Woken(std::sync::atomic::AtomicBool);

impl Wake for Woken {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.store(true, SeqCst);
    }
}

/// Reads until the socket would block; the bytes that came.
fn read(socket: &Socket, readiness: &Readiness, cx: &mut Context<'_>) -> usize {
    let mut came = 0;
    while readiness.poll_readable(cx).is_ready() {
        came += socket.0.swap(0, SeqCst);
    }
    came
}

#[test]
fn bytes_that_come_while_a_connection_parks_start_it_again() {
    loom::model(|| {
        let slots = Arc::new(Slots::new(BOUNDS));
        let socket = Arc::new(Socket::default());
        let (slot, readiness) = hot(&slots);
        let started = Arc::new(AtomicBool::new(false));

        let kernel = {
            let (slots, socket, started) =
                (Arc::clone(&slots), Arc::clone(&socket), Arc::clone(&started));
            thread::spawn(move || {
                socket.0.fetch_add(1, SeqCst);
                match slots.event(slot, READABLE, true) {
                    Event::Start(..) => started.store(true, SeqCst),
                    Event::Wake(wakers) => wakers.wake(),
                    Event::Nothing => panic!("the slot is taken"),
                }
            })
        };

        let mut cx = Context::from_waker(Waker::noop());
        let came = read(&socket, &readiness, &mut cx);
        let parking = slots.park(slot, &readiness, parked());
        kernel.join().unwrap();

        // Whatever the order: the byte was read, or somebody is started to read it; never both, as
        // far as the byte goes.
        let again = parking == Parking::WokenAtOnce;
        if again {
            assert_eq!(slots.take_woken(), [(slot, READABLE)]);
        }
        let will_be_read = again || started.load(SeqCst);
        assert!(came == 1 || will_be_read, "the byte is lost");
        assert_eq!(socket.0.load(SeqCst) == 1, came == 0);
    });
}

#[test]
fn a_call_while_a_connection_parks_starts_it_again() {
    loom::model(|| {
        let slots = Arc::new(Slots::new(BOUNDS));
        let (slot, readiness) = hot(&slots);
        let news = Arc::new(AtomicUsize::new(0));
        let caller = {
            let (slots, news) = (Arc::clone(&slots), Arc::clone(&news));
            thread::spawn(move || {
                news.fetch_add(1, SeqCst);
                let (wakers, is_news) = slots.call(slot);
                wakers.wake();
                is_news
            })
        };
        let seen = match readiness.poll_called(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(()) => news.swap(0, SeqCst),
            Poll::Pending => 0,
        };
        let _ = read(&Socket::default(), &readiness, &mut Context::from_waker(Waker::noop()));
        let resumed = Parked { aside: Aside::Resume, ..parked() };
        let parking = slots.park(slot, &readiness, resumed);
        let is_told = caller.join().unwrap() || parking == Parking::WokenAtOnce;
        assert!(seen == 1 || is_told, "the call is lost");
        if is_told {
            assert_eq!(slots.take_woken().len(), 1);
        }
    });
}

#[test]
fn a_call_while_a_parked_connection_is_lent_is_heard_when_it_is_back() {
    loom::model(|| {
        let slots = Arc::new(Slots::new(BOUNDS));
        let resumed = Parked { aside: Aside::Resume, ..parked() };
        let slot = slots.admit_parked(resumed).unwrap();
        // What waits to be written: it is called for only once it is there.
        let waiting = Arc::new(AtomicUsize::new(0));
        let caller = {
            let (slots, waiting) = (Arc::clone(&slots), Arc::clone(&waiting));
            thread::spawn(move || {
                waiting.fetch_add(1, SeqCst);
                slots.call(slot).0.wake();
            })
        };
        let lent = slots.lend(slot).unwrap();
        let written = waiting.swap(0, SeqCst);
        slots.give_back(slot, lent);
        caller.join().unwrap();
        assert!(written == 1 || slots.take_woken() == [(slot, CALLED)], "the call is lost");
        assert!(slots.lend(slot).is_some(), "it is parked again");
    });
}

#[test]
fn a_task_that_waits_hears_of_the_byte_whenever_it_comes() {
    loom::model(|| {
        let slots = Arc::new(Slots::new(BOUNDS));
        let socket = Arc::new(Socket::default());
        let (slot, readiness) = hot(&slots);

        let kernel = {
            let (slots, socket) = (Arc::clone(&slots), Arc::clone(&socket));
            thread::spawn(move || {
                socket.0.fetch_add(1, SeqCst);
                match slots.event(slot, READABLE, true) {
                    Event::Wake(wakers) => wakers.wake(),
                    other => panic!("{other:?}"),
                }
            })
        };

        let woken = std::sync::Arc::new(Woken(false.into()));
        let waker = Waker::from(std::sync::Arc::clone(&woken));
        let came = read(&socket, &readiness, &mut Context::from_waker(&waker));
        kernel.join().unwrap();
        let was_woken = woken.0.load(SeqCst);
        assert!(came == 1 || was_woken, "nobody reads the byte");
    });
}

#[test]
fn the_wish_to_park_reaches_a_task_that_waits_and_no_byte_is_lost_by_it() {
    loom::model(|| {
        let slots = Arc::new(Slots::new(BOUNDS));
        let socket = Arc::new(Socket::default());
        let (slot, readiness) = hot(&slots);
        // Once round: what was active is not asked.
        assert!(slots.ask_quiet().is_empty());

        let clock = {
            let slots = Arc::clone(&slots);
            thread::spawn(move || slots.ask_quiet().into_iter().for_each(|wakers| wakers.wake()))
        };
        let kernel = {
            let (slots, socket) = (Arc::clone(&slots), Arc::clone(&socket));
            thread::spawn(move || {
                socket.0.fetch_add(1, SeqCst);
                match slots.event(slot, READABLE, true) {
                    Event::Wake(wakers) => {
                        wakers.wake();
                        false
                    }
                    Event::Start(..) => true,
                    Event::Nothing => panic!("the slot is taken"),
                }
            })
        };

        let mut cx = Context::from_waker(Waker::noop());
        let came = read(&socket, &readiness, &mut cx);
        let mut again = false;
        let mut is_parked = false;
        if readiness.is_park_wanted() {
            is_parked = true;
            again = slots.park(slot, &readiness, parked()) == Parking::WokenAtOnce;
        }
        clock.join().unwrap();
        let started = kernel.join().unwrap();
        let late = !is_parked && read(&socket, &readiness, &mut cx) == 1;
        assert!(came == 1 || again || started || late, "the byte is lost");
    });
}

#[test]
fn a_connection_that_ends_while_the_kernel_tells_of_it_leaves_a_free_slot() {
    loom::model(|| {
        let slots = Arc::new(Slots::new(BOUNDS));
        let (slot, readiness) = hot(&slots);
        let kernel = {
            let slots = Arc::clone(&slots);
            thread::spawn(move || match slots.event(slot, READABLE, true) {
                Event::Wake(wakers) => wakers.wake(),
                Event::Nothing => {}
                Event::Start(..) => panic!("started though it was never parked"),
            })
        };
        slots.release(slot, &readiness);
        kernel.join().unwrap();
        assert_eq!(slots.admit_parked(parked()).unwrap(), slot);
    });
}

/// A task whose connection has parked, and which waits for another one; and the slot of that connection.
fn spare(slots: &Slots<()>, cx: &mut Context<'_>) -> (u32, Arc<Readiness>) {
    let (slot, readiness) = hot(slots);
    let _ = read(&Socket::default(), &readiness, cx);
    assert_eq!(slots.park(slot, &readiness, parked()), Parking::Parked);
    assert!(slots.poll_next(&readiness, cx).is_pending());
    (slot, readiness)
}

#[test]
fn a_connection_that_wakes_reaches_the_task_that_waits_with_all_that_has_come() {
    loom::model(|| {
        let slots = Arc::new(Slots::new(BOUNDS));
        let (slot, readiness) = spare(&slots, &mut Context::from_waker(Waker::noop()));
        let socket = Arc::new(Socket::default());
        let kernel = {
            let (slots, socket) = (Arc::clone(&slots), Arc::clone(&socket));
            thread::spawn(move || {
                for _ in 0..2 {
                    socket.0.fetch_add(1, SeqCst);
                    match slots.event(slot, READABLE, true) {
                        Event::Wake(wakers) => wakers.wake(),
                        Event::Nothing => {}
                        Event::Start(..) => panic!("a task waits"),
                    }
                }
            })
        };
        let woken = std::sync::Arc::new(Woken(false.into()));
        let waker = Waker::from(std::sync::Arc::clone(&woken));
        let mut cx = Context::from_waker(&waker);
        let mut next = slots.poll_next(&readiness, &mut cx);
        let mut came = 0;
        if next.is_ready() {
            came += read(&socket, &readiness, &mut cx);
        }
        kernel.join().unwrap();
        if next.is_pending() {
            assert!(woken.0.load(SeqCst), "the task sleeps on what it was given");
            next = slots.poll_next(&readiness, &mut cx);
        }
        assert!(matches!(next, Poll::Ready(Some(Taken { slot: given, .. })) if given == slot));
        came += read(&socket, &readiness, &mut cx);
        assert_eq!(came, 2, "a byte is lost");
    });
}

#[test]
fn what_is_given_to_a_task_that_goes_is_started_without_it() {
    loom::model(|| {
        let slots = Arc::new(Slots::new(BOUNDS));
        let (slot, readiness) = spare(&slots, &mut Context::from_waker(Waker::noop()));
        let kernel = {
            let slots = Arc::clone(&slots);
            thread::spawn(move || match slots.event(slot, READABLE, true) {
                Event::Wake(wakers) => {
                    wakers.wake();
                    false
                }
                Event::Start(..) => true,
                Event::Nothing => panic!("the slot is parked"),
            })
        };
        let is_left_to_the_event_loop = slots.leave_spares(&readiness);
        let is_started = kernel.join().unwrap();
        assert_ne!(is_left_to_the_event_loop, is_started, "once, and not twice");
        if is_left_to_the_event_loop {
            assert_eq!(slots.take_woken(), [(slot, READABLE)]);
            assert!(matches!(slots.event(slot, READABLE, true), Event::Start(..)));
        }
    });
}
