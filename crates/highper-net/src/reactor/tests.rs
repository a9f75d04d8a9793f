//! Tests of the readiness and the slots: apart from their files, which `tests/model` compiles too.

mod of_readiness {
    use std::task::{Context, Poll, Waker};

    use super::super::readiness::*;

    fn poll(readiness: &Readiness) -> Poll<u8> {
        readiness.poll_readable(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn what_was_told_is_taken_once_and_a_later_event_tells_again() {
        let readiness = Readiness::new(READABLE);
        assert_eq!(poll(&readiness), Poll::Ready(READABLE));
        assert_eq!(poll(&readiness), Poll::Pending);
        assert!(readiness.set(READABLE | WRITABLE).reader.is_some());
        assert_eq!(poll(&readiness), Poll::Ready(READABLE));
        readiness.restore(READABLE);
        assert_eq!(poll(&readiness), Poll::Ready(READABLE));
    }

    #[test]
    fn who_is_active_keeps_its_place_and_who_is_quiet_is_asked_once() {
        let readiness = Readiness::new(READABLE);
        assert!(readiness.ask_to_park().is_none());
        assert_eq!(poll(&readiness), Poll::Ready(READABLE));
        assert!(poll(&readiness).is_pending());
        assert!(matches!(readiness.ask_to_park(), Some(Wakers { reader: Some(_), .. })));
        assert!(readiness.is_park_wanted());
        assert!(matches!(readiness.ask_to_park(), Some(Wakers { reader: None, .. })));
        readiness.set(READABLE).wake();
        assert!(!readiness.is_park_wanted());
        assert!(readiness.retire());
    }

    #[test]
    fn a_broken_connection_wakes_both_sides() {
        let readiness = Readiness::new(0);
        assert!(poll(&readiness).is_pending());
        assert!(readiness.poll_writable(&mut Context::from_waker(Waker::noop())).is_pending());
        let wakers = readiness.set(BROKEN);
        assert!(wakers.reader.is_some() && wakers.writer.is_some());
    }
}

mod of_slots {
    use std::{
        net::TcpStream,
        sync::Arc,
        task::{Context, Poll, Waker},
        time::Duration,
    };

    use super::super::{
        readiness::{PEER_FINISHED, READABLE, Readiness, WRITABLE},
        slots::*,
    };

    const ALL: Bounds = Bounds { max_hot: 2, max_parked: 100_000 };

    fn parked(io: u32) -> Parked<u32> {
        Parked { io, since_ms: 0, peer: 0, listener: 0, is_fresh: false, aside: Aside::Nothing }
    }

    fn start(slots: &Slots<u32>, slot: u32) -> (Parked<u32>, Arc<Readiness>) {
        match slots.event(slot, READABLE, true) {
            Event::Start(parked, readiness) => (parked, readiness),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_slot_takes_sixteen_bytes() {
        assert_eq!(Slots::<TcpStream>::SLOT_SIZE, 16);
    }

    #[test]
    fn a_freed_slot_is_used_again_before_the_table_grows() {
        let slots = Slots::new(ALL);
        let taken: Vec<_> = (0..20_000).map(|io| slots.admit_parked(parked(io)).unwrap()).collect();
        assert_eq!(taken, (0..20_000).collect::<Vec<_>>());
        for slot in [7, 19_999, 0] {
            assert_eq!(slots.evict(slot).unwrap().io, slot);
            assert!(slots.evict(slot).is_none());
        }
        let again: Vec<_> = (0..4).map(|io| slots.admit_parked(parked(io)).unwrap()).collect();
        assert_eq!(again, [0, 19_999, 7, 20_000]);
        assert_eq!(slots.parked(), 20_001);
    }

    #[test]
    fn an_event_starts_a_parked_connection_once_and_wakes_a_hot_one() {
        let slots = Slots::new(ALL);
        let slot = slots.admit_parked(parked(1)).unwrap();
        assert!(matches!(slots.event(slot, WRITABLE, false), Event::Nothing));
        let (parked, readiness) = start(&slots, slot);
        assert!(matches!(slots.event(slot, READABLE, true), Event::Wake(_)));
        // What came while it worked is still unread: parking starts it again.
        assert_eq!(slots.park(slot, &readiness, parked), Parking::WokenAtOnce);
        assert_eq!(slots.take_woken(), [(slot, READABLE)]);
        let (_, readiness) = start(&slots, slot);
        slots.release(slot, &readiness);
        assert!(matches!(slots.event(slot, READABLE, true), Event::Nothing));
    }

    #[test]
    fn the_hot_set_is_cooled_from_its_quiet_end() {
        let slots = Slots::new(ALL);
        let mut hot = Vec::new();
        for io in 0..4 {
            let slot = slots.admit_parked(parked(io)).unwrap();
            hot.push(start(&slots, slot).1);
        }
        // All have just been active: the first round only takes note, of as many as are too many.
        assert_eq!(slots.cool().len(), 0);
        assert_eq!(slots.cool().len(), 0);
        drop(slots.event(0, READABLE, true));
        assert_eq!(slots.cool().len(), 1);
        let wanted: Vec<_> = hot.iter().map(|readiness| readiness.is_park_wanted()).collect();
        assert_eq!(wanted, [false, true, false, false]);
    }

    #[test]
    fn who_is_parked_for_too_long_is_taken_out_by_its_own_limit() {
        let slots = Slots::new(ALL);
        for (io, is_fresh) in [(0, true), (1, false)] {
            slots.admit_parked(Parked { is_fresh, since_ms: u32::MAX - 9, ..parked(io) }).unwrap();
        }
        let limits = QuietLimits::new(Duration::from_millis(50), Duration::from_millis(100));
        let sweep = |now| slots.sweep(1.0, now, limits).into_iter().map(|(_, gone)| gone.io);
        assert_eq!(sweep(39).count(), 0);
        assert_eq!(sweep(40).collect::<Vec<_>>(), [0]);
        assert_eq!(sweep(89).count(), 0);
        assert_eq!(sweep(90).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn a_sweep_in_shares_comes_to_every_slot() {
        let slots = Slots::new(ALL);
        (0..100).for_each(|io| assert_eq!(slots.admit_parked(parked(io)).unwrap(), io));
        let limits = QuietLimits::new(Duration::ZERO, Duration::ZERO);
        let gone: usize = (0..10).map(|_| slots.sweep(0.1, 0, limits).len()).sum();
        assert_eq!(gone, 100);
    }

    #[test]
    fn beyond_the_bound_nobody_parks_and_nobody_parks_once_all_are_to_go() {
        let slots = Slots::new(Bounds { max_parked: 1, ..ALL });
        let slot = slots.admit_parked(parked(1)).unwrap();
        assert!(slots.admit_parked(parked(2)).is_err());
        let (mut one, readiness) = start(&slots, slot);
        slots.admit_parked(parked(3)).unwrap();
        one.io = 9;
        assert_eq!(slots.park(slot, &readiness, one), Parking::Closed(9));
        assert_eq!(slots.close(false).len(), 1);
        assert!(slots.admit_parked(parked(4)).is_err());
    }

    /// Tasks that wait, each with the slot of the connection that it had.
    fn spares(slots: &Slots<u32>, count: u32) -> Vec<(u32, Arc<Readiness>)> {
        let started = (0..count).map(|io| {
            let slot = slots.admit_parked(parked(io)).unwrap();
            (slot, start(slots, slot).1)
        });
        let started: Vec<_> = started.collect();
        for (slot, readiness) in &started {
            let _ = readiness.poll_readable(&mut Context::from_waker(Waker::noop()));
            assert_eq!(slots.park(*slot, readiness, parked(*slot)), Parking::Parked);
            assert!(next(slots, readiness).is_pending());
        }
        started
    }

    fn next(slots: &Slots<u32>, readiness: &Arc<Readiness>) -> Poll<Option<Taken<u32>>> {
        slots.poll_next(readiness, &mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn each_connection_that_wakes_has_one_task_whichever_comes_first() {
        let slots = Slots::new(ALL);
        let tasks = spares(&slots, 3);
        for slot in [0, 1] {
            assert!(matches!(slots.event(slot, READABLE, true), Event::Wake(_)));
        }
        // The one that nobody has woken comes first, and again for nothing.
        let [(_, last), (_, second), (_, first)] = &tasks[..] else { panic!() };
        assert!(matches!(next(&slots, last), Poll::Ready(Some(Taken { slot: 1, .. }))));
        assert!(matches!(next(&slots, first), Poll::Ready(Some(Taken { slot: 0, .. }))));
        assert!(next(&slots, second).is_pending());
        assert_eq!(slots.parked(), 1);
        assert!(matches!(slots.event(2, READABLE, true), Event::Wake(_)));
        assert!(matches!(next(&slots, second), Poll::Ready(Some(Taken { slot: 2, .. }))));
        assert!(matches!(slots.event(2, READABLE, true), Event::Wake(_)));
    }

    #[test]
    fn what_comes_before_the_task_begins_is_known_to_it() {
        let slots = Slots::new(ALL);
        let tasks = spares(&slots, 1);
        for bits in [READABLE, PEER_FINISHED] {
            let _ = slots.event(0, bits, true);
        }
        assert!(next(&slots, &tasks[0].1).is_ready());
        let bits = tasks[0].1.poll_readable(&mut Context::from_waker(Waker::noop()));
        assert_eq!(bits, Poll::Ready(READABLE | PEER_FINISHED));
    }

    #[test]
    fn no_more_tasks_wait_than_may_and_none_once_they_are_dismissed() {
        let slots = Slots::new(ALL);
        let tasks = spares(&slots, Slots::<u32>::MAX_SPARES as u32);
        drop(tasks);
        assert!(matches!(next(&slots, &Arc::new(Readiness::new(0))), Poll::Ready(None)));
        assert_eq!(slots.dismiss_spares().len(), Slots::<u32>::MAX_SPARES);
        assert!(matches!(next(&slots, &Arc::new(Readiness::new(0))), Poll::Ready(None)));
        assert!(matches!(slots.event(0, READABLE, true), Event::Start(..)));
    }
}
