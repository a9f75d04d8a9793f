//! Whose turn it is at the gate.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Wake, Waker};

use highper_core::Body;

use crate::gate::{Admission, Gate};

/// Counts how often it is woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

impl Woken {
    fn times(&self) -> usize {
        self.0.load(SeqCst)
    }
}

fn gate(most: usize) -> Arc<Gate> {
    let gate = Arc::<Gate>::default();
    gate.bound(most);
    gate
}

fn is_in(admission: &mut Admission<'_>, woken: &Arc<Woken>) -> bool {
    let waker = Waker::from(Arc::clone(woken));
    admission.poll_turn(&mut Context::from_waker(&waker)).is_ready()
}

#[test]
fn places_are_given_in_the_order_in_which_they_were_asked_for() {
    let gate = gate(1);
    let woken: [Arc<Woken>; 4] = Default::default();
    let mut all = woken.each_ref().map(|_| Admission::new(Some(&gate)));
    let first: Vec<_> = (0..4).map(|index| is_in(&mut all[index], &woken[index])).collect();
    assert_eq!(first, [true, false, false, false]);
    assert_eq!(gate.counts(), (1, 3));
    all[0].answered(&Body::empty());
    // Who comes now does not go before those who wait, though none of them has been polled.
    assert!(!is_in(&mut Admission::new(Some(&gate)), &woken[0]));
    assert_eq!(woken.each_ref().map(|woken| woken.times()), [0, 1, 0, 0]);
    assert!(!is_in(&mut all[2], &woken[2]));
    assert!(is_in(&mut all[1], &woken[1]));
}

#[test]
fn a_turn_that_nobody_takes_goes_to_the_next() {
    let gate = gate(1);
    let woken = Arc::<Woken>::default();
    let [mut inside, mut gone, mut next] = [(); 3].map(|()| Admission::new(Some(&gate)));
    assert!(is_in(&mut inside, &woken));
    assert!(!is_in(&mut gone, &woken) && !is_in(&mut next, &woken));
    drop(inside);
    assert!(gone.is_waiting());
    drop(gone);
    assert!(is_in(&mut next, &woken));
    drop(next);
    assert_eq!(gate.counts(), (0, 0));
}

#[test]
fn a_stream_keeps_its_place_and_bytes_do_not() {
    let gate = gate(1);
    let woken = Arc::<Woken>::default();
    let mut admission = Admission::new(Some(&gate));
    assert!(is_in(&mut admission, &woken));
    let stream = Body::from_stream(futures_util::stream::pending::<Result<&str, std::io::Error>>());
    let permit = admission.answered(&stream);
    drop(admission);
    assert!(permit.is_some() && gate.counts().0 == 1);
    drop(permit);
    let mut admission = Admission::new(Some(&gate));
    assert!(is_in(&mut admission, &woken));
    assert!(admission.answered(&"bytes".into()).is_none());
    assert_eq!(gate.counts().0, 0);
}
