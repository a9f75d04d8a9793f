//! Every order in which requests can come to the gate, leave it and give up, by loom.
//!
//! The file under test is compiled here a second time, with loom's types for the standard ones.

#![allow(clippy::unwrap_used, dead_code, unreachable_pub, reason = "a part of a crate, in a test")]

mod sync {
    pub(crate) use std::sync::PoisonError;

    pub(crate) use loom::sync::atomic::{AtomicU64, Ordering};
    pub(crate) use loom::sync::{Arc, Mutex, MutexGuard};
}

#[path = "../../src/gate.rs"]
mod gate;

use std::task::{Context, Poll};

use gate::{Admission, Gate};
use highper_core::Body;
use loom::future::block_on;
use loom::thread;
use sync::Arc;

fn gate() -> Arc<Gate> {
    let gate = Gate::default();
    gate.bound(1);
    Arc::new(gate)
}

/// Goes in, counts how many are there, and leaves.
fn pass(gate: &Arc<Gate>) {
    let mut admission = Admission::new(Some(gate));
    block_on(std::future::poll_fn(|cx| admission.poll_turn(cx)));
    assert_eq!(gate.counts().0, 1);
    assert!(admission.answered(&Body::empty()).is_none());
}

#[test]
fn everybody_has_a_turn_whatever_the_order() {
    loom::model(|| {
        let gate = gate();
        let other = {
            let gate = Arc::clone(&gate);
            thread::spawn(move || pass(&gate))
        };
        pass(&gate);
        other.join().unwrap();
        assert_eq!(gate.counts(), (0, 0));
    });
}

#[test]
fn who_gives_up_takes_nobodys_turn() {
    let mut model = loom::model::Builder::new();
    // As far as it goes in a second; without a bound it takes twenty, and passes.
    model.preemption_bound = Some(3);
    model.check(|| {
        let gate = gate();
        let inside = Admission::new(Some(&gate));
        let impatient = {
            let gate = Arc::clone(&gate);
            thread::spawn(move || {
                let mut admission = Admission::new(Some(&gate));
                let mut cx = Context::from_waker(std::task::Waker::noop());
                let _: Poll<()> = admission.poll_turn(&mut cx);
            })
        };
        drop(inside);
        pass(&gate);
        impatient.join().unwrap();
        assert_eq!(gate.counts(), (0, 0));
    });
}
