//! The loop: polls, reads answers, sends what is due.

mod connection;
mod rest;
mod schedule;
mod script;
mod tally;

use std::time::{Duration, Instant};

use mio::{Events, Poll, Token};

use self::{
    connection::Connection,
    rest::Rest,
    schedule::{Next, Schedule},
    script::Script,
    tally::Tally,
};
use crate::{LoadError, LoadReport, Pace, Plan};

/// How long answers that are due at the end of a run are waited for.
const DRAIN: Duration = Duration::from_secs(1);

/// One read takes this much; larger answers take several.
const READ_BYTES: usize = 64 * 1024;

/// Runs a plan to its end.
///
/// # Errors
/// When the plan makes no sense, its address is not a loopback one, or a connection cannot be
/// opened. Wrong answers and lost connections are counted in the report.
pub fn run(plan: &Plan) -> Result<LoadReport, LoadError> {
    plan.check()?;
    Engine::open(plan)?.run()
}

struct Engine<'a> {
    plan: &'a Plan,
    poll: Poll,
    connections: Vec<Connection>,
    script: Script,
    schedule: Option<Schedule>,
    /// Connections between an answer and their next request.
    rest: Option<Rest>,
    /// Requests that a closed loop may still send.
    allowance: u64,
    tally: Tally,
    input: Box<[u8]>,
    started: Instant,
    deadline: Instant,
}

impl<'a> Engine<'a> {
    fn open(plan: &'a Plan) -> Result<Self, LoadError> {
        let poll = Poll::new().map_err(|error| LoadError::io("cannot make a poller", error))?;
        let connections = (0..plan.connections)
            .map(|slot| Connection::open(plan.address, poll.registry(), Token(slot)))
            .collect::<Result<_, _>>()?;
        let started = Instant::now();
        let (mut schedule, mut rest, mut allowance) = (None, None, u64::MAX);
        match plan.pace {
            Pace::ClosedLoop => {}
            Pace::Counted { requests } => allowance = requests,
            Pace::Pausing { requests, pause } => {
                allowance = requests;
                rest = Some(Rest::new(pause, plan.connections, started));
            }
            Pace::Fixed { per_second } => {
                schedule = Some(Schedule::new(per_second, plan.connections, plan.pipeline));
            }
        }
        Ok(Self {
            plan,
            poll,
            connections,
            script: Script::new(plan),
            schedule,
            rest,
            allowance,
            tally: Tally::new()?,
            input: vec![0; READ_BYTES].into(),
            started,
            deadline: started + plan.duration,
        })
    }

    fn run(mut self) -> Result<LoadReport, LoadError> {
        let mut events = Events::with_capacity(self.connections.len().max(256));
        self.started = Instant::now();
        self.deadline = self.started + self.plan.duration;
        if self.schedule.is_none() && self.rest.is_none() {
            for slot in 0..self.connections.len() {
                self.send_batch(slot, self.started)?;
            }
        }
        loop {
            let now = Instant::now();
            let sending = now < self.deadline && self.allowance > 0;
            let timeout = if sending { self.send_due(now)? } else { DRAIN };
            let overdue = now >= self.deadline + DRAIN;
            if !sending && (self.tally.outstanding == 0 || overdue) {
                break;
            }
            match self.poll.poll(&mut events, Some(timeout)) {
                Err(error) if error.kind() != std::io::ErrorKind::Interrupted => {
                    return Err(LoadError::io("cannot poll", error));
                }
                _ => {}
            }
            for event in &events {
                self.serve(event.token().0, event.is_readable(), event.is_writable())?;
            }
        }
        let unsent = self.schedule.as_ref().map_or(0, |schedule| {
            schedule.unsent(self.started, self.deadline, |waited| self.tally.record(waited))
        });
        Ok(self.tally.report(self.started, unsent))
    }

    /// Sends every request that is due and has a connection; says how long there is nothing to do.
    fn send_due(&mut self, now: Instant) -> Result<Duration, LoadError> {
        let until_deadline = self.deadline - now;
        if let Some(mut rest) = self.rest.take() {
            while let Some(slot) = rest.rested(now) {
                self.send_batch(slot, now)?;
            }
            let wait = rest.wait(now).unwrap_or(until_deadline);
            self.rest = Some(rest);
            return Ok(wait.min(until_deadline));
        }
        let Some(mut schedule) = self.schedule.take() else { return Ok(until_deadline) };
        let wait = loop {
            match schedule.next(self.started, self.deadline, now) {
                Next::Send { slot, due } => {
                    self.tally.outstanding += 1;
                    if self.connections[slot].send(self.script.take(1), 1, due).is_err() {
                        // What was waiting there is lost, and its places come free again.
                        let lost = self.reopen(slot)?;
                        schedule.release(slot, lost);
                    }
                }
                Next::Wait(wait) => break wait,
                Next::Nothing => break until_deadline,
            }
        };
        self.schedule = Some(schedule);
        Ok(wait.min(until_deadline))
    }

    fn serve(&mut self, slot: usize, readable: bool, writable: bool) -> Result<(), LoadError> {
        let mut alive = !writable || self.connections[slot].flush().is_ok();
        let mut freed = 0;
        if readable && alive {
            let now = Instant::now();
            let (answers, still_alive) =
                self.connections[slot].read(&mut self.input, now, &mut self.tally);
            (freed, alive) = (answers, still_alive);
        }
        if !alive {
            freed += self.reopen(slot)?;
        }
        if let Some(schedule) = &mut self.schedule {
            schedule.release(slot, freed);
            return Ok(());
        }
        let now = Instant::now();
        if freed == 0 || !self.connections[slot].is_idle() || now >= self.deadline {
            return Ok(());
        }
        match &mut self.rest {
            Some(rest) => rest.begin(slot, now),
            None => self.send_batch(slot, now)?,
        }
        Ok(())
    }

    fn send_batch(&mut self, slot: usize, now: Instant) -> Result<(), LoadError> {
        let count = self.allowance.min(self.plan.pipeline as u64);
        if count == 0 {
            return Ok(());
        }
        self.allowance -= count;
        self.tally.outstanding += count;
        let requests = count as usize;
        while self.connections[slot].send(self.script.take(requests), requests, now).is_err() {
            self.reopen(slot)?;
            self.tally.outstanding += count;
            if Instant::now() > self.deadline + DRAIN {
                return Err(LoadError::new("the server closes every connection at once"));
            }
        }
        Ok(())
    }

    /// Replaces a connection; says how many requests were lost with the old one.
    fn reopen(&mut self, slot: usize) -> Result<usize, LoadError> {
        let registry = self.poll.registry();
        let fresh = Connection::open(self.plan.address, registry, Token(slot))?;
        let old = std::mem::replace(&mut self.connections[slot], fresh);
        self.tally.lose(old.outstanding());
        Ok(old.outstanding())
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpListener,
        thread,
    };

    use super::*;
    use crate::Fields;

    /// Answers each request with nothing, on as many connections as are told.
    fn server(connections: usize) -> std::net::SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for _ in 0..connections {
                let (mut stream, _) = listener.accept().unwrap();
                thread::spawn(move || {
                    let mut byte = [0];
                    let mut breaks = 0;
                    while stream.read_exact(&mut byte).is_ok() {
                        breaks += usize::from(byte == [b'\n']);
                        // A request has three lines: itself, the host, and the empty one.
                        if breaks == 3 {
                            breaks = 0;
                            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
                        }
                    }
                });
            }
        });
        address
    }

    #[test]
    fn a_connection_pauses_between_an_answer_and_its_next_request() {
        let (pause, started) = (Duration::from_millis(20), Instant::now());
        let report = run(&Plan {
            address: server(2),
            path: "/".into(),
            fields: Fields::Host,
            connections: 2,
            pipeline: 1,
            duration: Duration::from_secs(60),
            pace: Pace::Pausing { requests: 8, pause },
        })
        .unwrap();
        assert_eq!((report.answers, report.lost), (8, 0));
        // Four on each connection: three pauses between them, on one at least.
        assert!(started.elapsed() >= 3 * pause);
    }

    #[test]
    fn exactly_as_many_requests_are_sent_as_were_asked_for() {
        for requests in [1, 10, 47] {
            let report = run(&Plan {
                address: server(3),
                path: "/".into(),
                fields: Fields::Host,
                connections: 3,
                pipeline: 4,
                duration: Duration::from_secs(60),
                pace: Pace::Counted { requests },
            })
            .unwrap();
            assert_eq!((report.answers, report.lost), (requests, 0));
        }
    }
}
