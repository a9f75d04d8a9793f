//! The event loop: hands what the kernel tells to those whom it concerns.

use std::{
    future::poll_fn,
    io,
    net::TcpStream,
    pin::{Pin, pin},
    sync::{Arc, Mutex, atomic::Ordering::Relaxed},
    task::{Context, Poll},
    time::{Duration, Instant},
    vec,
};

use mio::{Events, Token, Waker, event::Event as Told};
use tokio::{
    io::unix::AsyncFd,
    time::{Sleep, sleep},
};

use super::{
    ALL, Bounds, FIRST_LISTENER, Listener, NOBODY, QuietLimits, Reactor, Resumes, Slots, WAKE,
    poll_fd::PollFd,
    readiness::{BROKEN, CALLED, PEER_FINISHED, READABLE, Readiness, WRITABLE},
    slots::Event,
};
use crate::{
    Stream,
    listeners::Listening,
    parking::{ParkedTimeouts, Parking},
    tally::Tally,
};

/// The event loop of a worker; a task of its runtime.
#[derive(Debug)]
pub(crate) struct EventLoop {
    poll: AsyncFd<PollFd>,
    events: Events,
    listeners: Vec<Arc<Readiness>>,
    reactor: Arc<Reactor>,
    /// Those to be started that the last turn has left.
    woken: vec::IntoIter<(u32, u8)>,
    tick: Duration,
    /// The next tick has our waker.
    is_tick_awaited: bool,
    /// None: nothing parks.
    sweep: Option<Sweep>,
}

/// How the slots are looked through for connections that have been parked for too long.
#[derive(Clone, Copy, Debug)]
struct Sweep {
    limits: QuietLimits,
    /// Of all slots, in one tick.
    share: f64,
}

/// How many events are handed on before the tasks that they wake get a turn.
const BUDGET: usize = 96;

impl EventLoop {
    /// Sets up the reactor of the worker whose runtime this is called on.
    pub(crate) fn new(
        listeners: Vec<Listening>,
        parking: Option<Parking>,
        timeouts: Option<ParkedTimeouts>,
        tally: Arc<Tally>,
    ) -> io::Result<(Self, Vec<Listener>)> {
        let poll = mio::Poll::new()?;
        let registry = poll.registry().try_clone()?;
        let waker = Waker::new(&registry, WAKE)?;
        let timeouts = timeouts.filter(|_| parking.is_some());
        let parking = parking.unwrap_or_default();
        let endpoints = listeners.iter().map(|listening| listening.endpoint.clone()).collect();
        let schemes = listeners.iter().map(|listening| listening.scheme).collect();
        let bounds = Bounds { max_hot: parking.max_hot, max_parked: parking.max_parked };
        let reactor = Arc::new(Reactor {
            registry,
            waker,
            slots: Slots::new(bounds),
            endpoints,
            schemes,
            timeouts,
            tally,
            born: Instant::now(),
            now_ms: 0.into(),
            closing: NOBODY.into(),
            introduced: Mutex::default(),
            resumes: Resumes::default(),
        });
        let mut registered = Vec::new();
        let mut readiness = Vec::new();
        for (index, listener) in listeners.into_iter().enumerate() {
            let token = Token(FIRST_LISTENER + index);
            let (listener, ready) = Listener::register(listener, token, &reactor.registry)?;
            registered.push(listener);
            readiness.push(ready);
        }
        let tick = tick(&parking, timeouts);
        let event_loop = Self {
            poll: PollFd::watch(poll)?,
            events: Events::with_capacity(BUDGET),
            listeners: readiness,
            reactor,
            woken: Vec::new().into_iter(),
            tick,
            is_tick_awaited: false,
            sweep: timeouts.map(|timeouts| Sweep::new(timeouts, tick)),
        };
        Ok((event_loop, registered))
    }

    pub(crate) fn reactor(&self) -> &Arc<Reactor> {
        &self.reactor
    }

    /// Runs as long as the worker does; `start` begins the work on a connection.
    pub(crate) async fn run(mut self, start: impl Fn(Stream) + Send) -> io::Error {
        let mut ticks = pin!(sleep(self.tick));
        poll_fn(|cx| self.poll_turn(cx, ticks.as_mut(), &start)).await
    }

    fn poll_turn(
        &mut self,
        cx: &mut Context<'_>,
        ticks: Pin<&mut Sleep>,
        start: &impl Fn(Stream),
    ) -> Poll<io::Error> {
        self.poll_ticks(cx, ticks);
        // Nothing has been woken since those who were are started.
        let mut is_looked_through = false;
        while let Poll::Ready(ready) = self.poll.poll_read_ready_mut(cx) {
            let mut guard = match ready {
                Ok(guard) => guard,
                Err(error) => return Poll::Ready(error),
            };
            let poll = guard.get_inner_mut().poll();
            match poll.poll(&mut self.events, Some(Duration::ZERO)) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Poll::Ready(error),
                Ok(()) => {}
            }
            let told = self.events.iter().count();
            // Fewer than there is room for: these were all. What comes now is told anew.
            if told < BUDGET {
                guard.clear_ready();
            }
            self.hand_on(start);
            if self.start_woken(start) || told == BUDGET {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            // Whoever had something to say has been heard by now.
            let closing = self.reactor.closing.swap(NOBODY, Relaxed);
            if closing != NOBODY {
                for (slot, parked) in self.reactor.slots.close(closing == ALL) {
                    self.reactor.close(slot, parked);
                }
            }
            is_looked_through = closing == NOBODY;
        }
        if !is_looked_through && self.start_woken(start) {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }

    fn poll_ticks(&mut self, cx: &mut Context<'_>, mut ticks: Pin<&mut Sleep>) {
        // Polled when it was set, to leave the waker, and once it has fired.
        if self.is_tick_awaited && !ticks.is_elapsed() {
            return;
        }
        while ticks.as_mut().poll(cx).is_ready() {
            self.reactor.tally.note_lag(ticks.deadline().elapsed());
            self.take_tick();
            ticks.as_mut().reset(tokio::time::Instant::now() + self.tick);
        }
        self.is_tick_awaited = true;
    }

    fn hand_on(&self, start: &impl Fn(Stream)) {
        for event in &self.events {
            match event.token() {
                // Those who were called are looked for at the end of every turn.
                WAKE => {}
                Token(token) if token >= FIRST_LISTENER => {
                    if let Some(listener) = self.listeners.get(token - FIRST_LISTENER) {
                        listener.set(READABLE).wake();
                    }
                }
                Token(slot) => self.reactor.event(slot as u32, bits(event), start),
            }
        }
    }

    /// Goes on with those that were parked and are called, or for which something had come. True if
    /// there are more than one turn takes.
    fn start_woken(&mut self, start: &impl Fn(Stream)) -> bool {
        for _ in 0..BUDGET {
            if self.woken.len() == 0 {
                self.woken = self.reactor.slots.take_woken().into_iter();
            }
            let Some((slot, bits)) = self.woken.next() else { return false };
            if bits != CALLED || !self.reactor.write(slot) {
                self.reactor.start_or_wake(slot, bits, start);
            }
        }
        true
    }

    fn take_tick(&self) {
        let reactor = &self.reactor;
        // Wraps after 49 days, as those who compare expect.
        let now_ms = reactor.born.elapsed().as_millis() as u32;
        reactor.now_ms.store(now_ms, Relaxed);
        let Some(Sweep { limits, share }) = self.sweep else { return };
        for wakers in reactor.slots.ask_quiet() {
            wakers.wake();
        }
        for (slot, parked) in reactor.slots.sweep(share, now_ms, limits) {
            reactor.close(slot, parked);
        }
    }
}

impl Reactor {
    #[inline]
    fn event(self: &Arc<Self>, slot: u32, bits: u8, start: &impl Fn(Stream)) {
        self.handle(self.slots.event(slot, bits, bits & !WRITABLE != 0), slot, start);
    }

    /// Has that written which waits for a parked connection. False if there is more to do.
    fn write(&self, slot: u32) -> bool {
        let Some(mut parked) = self.slots.lend(slot) else { return false };
        let resume = self.resumes.find(slot);
        let is_done = resume.is_some_and(|resume| resume.write(&mut parked.io));
        self.slots.give_back(slot, parked);
        is_done
    }

    fn start_or_wake(self: &Arc<Self>, slot: u32, bits: u8, start: &impl Fn(Stream)) {
        self.handle(self.slots.event(slot, bits, true), slot, start);
    }

    #[inline]
    fn handle(self: &Arc<Self>, event: Event<TcpStream>, slot: u32, start: &impl Fn(Stream)) {
        match event {
            Event::Nothing => {}
            Event::Wake(wakers) => wakers.wake(),
            Event::Start(parked, readiness) => {
                if let Some(stream) = self.start(slot, parked, readiness) {
                    start(stream);
                }
                self.cool();
            }
        }
    }
}

impl Sweep {
    fn new(timeouts: ParkedTimeouts, tick: Duration) -> Self {
        let ParkedTimeouts { first_byte, idle } = timeouts;
        let share = tick.as_secs_f64() / (first_byte.min(idle) / PRECISION).as_secs_f64();
        Self { limits: QuietLimits::new(first_byte, idle), share: share.min(1.0) }
    }
}

/// A time-out is noticed at most an eighth of the shorter one late.
const PRECISION: u32 = 8;

/// How often the reactor looks at its clock: as often as it asks quiet connections to park, and often
/// enough for the time-outs.
fn tick(parking: &Parking, timeouts: Option<ParkedTimeouts>) -> Duration {
    let shortest = timeouts.map_or(LONGEST_TICK, |ParkedTimeouts { first_byte, idle }| {
        parking.quiet_time.min(first_byte / PRECISION).min(idle / PRECISION)
    });
    shortest.clamp(SHORTEST_TICK, LONGEST_TICK)
}

const SHORTEST_TICK: Duration = Duration::from_millis(10);
const LONGEST_TICK: Duration = Duration::from_secs(1);

fn bits(event: &Told) -> u8 {
    let mut bits = 0;
    if event.is_readable() {
        bits |= READABLE;
    }
    if event.is_writable() {
        bits |= WRITABLE;
    }
    if event.is_read_closed() {
        bits |= PEER_FINISHED;
    }
    if event.is_error() || (event.is_read_closed() && event.is_write_closed()) {
        bits |= BROKEN;
    }
    bits
}
