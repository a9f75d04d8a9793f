//! One pass over connections: open or wake them, a bounded number at a time.

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use mio::{Events, Interest, Token, net::TcpStream};
use socket2::{Domain, SockAddr, Socket, Type};

use super::{Crowd, CrowdProgress, exchange::Exchange, source};
use crate::{LatencyCounts, LoadError, latency::Recorder};

/// How long one connection may take to open, or to answer.
const LIMIT: Duration = Duration::from_secs(30);

/// How often progress is told.
const TOLD: Duration = Duration::from_millis(250);

/// How often those are looked for that take too long.
const SWEPT: Duration = Duration::from_secs(1);

/// What is done with each connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is opened, and its first request answered.
    Open,
    /// It stands, and another request is answered.
    Wake,
}

/// What came of a round.
pub(super) struct Done {
    pub(super) progress: CrowdProgress,
    pub(super) seconds: f64,
    pub(super) latency: LatencyCounts,
    /// What happened to the first connection that was lost.
    pub(super) failure: Option<String>,
}

pub(super) struct Round<'a> {
    crowd: &'a mut Crowd,
    kind: Kind,
    at_once: usize,
    /// By slot.
    in_work: HashMap<usize, Exchange>,
    progress: CrowdProgress,
    latency: Recorder,
    failure: Option<String>,
    input: Box<[u8]>,
}

impl<'a> Round<'a> {
    pub(super) fn new(crowd: &'a mut Crowd, kind: Kind, at_once: usize) -> Result<Self, LoadError> {
        Ok(Self {
            crowd,
            kind,
            at_once: at_once.max(1),
            in_work: HashMap::with_capacity(at_once),
            progress: CrowdProgress::default(),
            latency: Recorder::new()?,
            failure: None,
            input: vec![0; 4096].into(),
        })
    }

    pub(super) fn run(
        mut self,
        mut slots: impl Iterator<Item = usize>,
        mut on_progress: impl FnMut(CrowdProgress),
    ) -> Result<Done, LoadError> {
        let started = Instant::now();
        let (mut told, mut swept) = (started, started);
        let mut events = Events::with_capacity(self.at_once.max(64));
        loop {
            while self.in_work.len() < self.at_once {
                let Some(slot) = slots.next() else { break };
                if let Err(reason) = self.begin(slot) {
                    self.lose(slot, &reason);
                }
            }
            if self.in_work.is_empty() {
                break;
            }
            match self.crowd.poll.poll(&mut events, Some(SWEPT)) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                    return Err(LoadError::io("cannot poll", error));
                }
                _ => {}
            }
            for event in &events {
                self.serve(event.token().0);
            }
            if swept.elapsed() > SWEPT {
                swept = Instant::now();
                self.sweep();
            }
            if told.elapsed() > TOLD {
                told = Instant::now();
                on_progress(self.progress);
            }
        }
        let (progress, failure) = (self.progress, self.failure);
        let (latency, seconds) = (self.latency.counts(), started.elapsed().as_secs_f64());
        Ok(Done { progress, seconds, latency, failure })
    }

    fn begin(&mut self, slot: usize) -> Result<(), String> {
        let interest = match self.kind {
            Kind::Open => {
                let source = source::address(self.crowd.plan.first + slot);
                let stream = connect(self.crowd.plan.address, (source, 0).into())
                    .map_err(|error| format!("cannot connect from {source}: {error}"))?;
                self.crowd.streams[slot] = Some(stream);
                Interest::READABLE | Interest::WRITABLE
            }
            Kind::Wake => Interest::READABLE,
        };
        let mut exchange = Exchange::new();
        let registry = self.crowd.poll.registry();
        // Lost in an earlier round, and counted there.
        let Some(stream) = &mut self.crowd.streams[slot] else { return Ok(()) };
        registry
            .register(stream, Token(slot), interest)
            .map_err(|error| format!("cannot be polled: {error}"))?;
        if self.kind == Kind::Wake {
            exchange.send(stream, &self.crowd.waking)?;
        }
        self.in_work.insert(slot, exchange);
        Ok(())
    }

    fn serve(&mut self, slot: usize) {
        match self.advance(slot) {
            Ok(None) => {}
            Ok(Some(since)) => {
                self.in_work.remove(&slot);
                self.progress.answered += 1;
                self.latency.record(since.elapsed());
                // A connection that rests is in no poller. Failing would show in its next request.
                if let Some(stream) = &mut self.crowd.streams[slot] {
                    let _ = self.crowd.poll.registry().deregister(stream);
                }
            }
            Err(reason) => self.lose(slot, &reason),
        }
    }

    /// When the request was sent, if its answer has come.
    fn advance(&mut self, slot: usize) -> Result<Option<Instant>, String> {
        let Some(exchange) = self.in_work.get_mut(&slot) else { return Ok(None) };
        let Some(stream) = &mut self.crowd.streams[slot] else { return Ok(None) };
        if !exchange.sent {
            let failed = stream.take_error().map_err(|error| error.to_string())?;
            if let Some(error) = failed {
                return Err(format!("cannot connect: {error}"));
            }
            self.progress.opened += 1;
            exchange.send(stream, &self.crowd.opening)?;
        }
        let question = match self.kind {
            Kind::Open => &self.crowd.opening,
            Kind::Wake => &self.crowd.waking,
        };
        let answered = exchange.read(stream, &mut self.input, question)?;
        Ok(answered.then_some(exchange.since))
    }

    fn sweep(&mut self) {
        let late = self.in_work.iter().filter(|(_, exchange)| exchange.since.elapsed() > LIMIT);
        for slot in late.map(|(slot, _)| *slot).collect::<Vec<_>>() {
            self.lose(slot, &format!("not answered within {} s", LIMIT.as_secs()));
        }
    }

    fn lose(&mut self, slot: usize, reason: &str) {
        self.in_work.remove(&slot);
        self.crowd.streams[slot] = None;
        self.progress.lost += 1;
        let number = self.crowd.plan.first + slot;
        self.failure.get_or_insert_with(|| format!("connection {number}: {reason}"));
    }
}

/// Begins to connect.
///
/// The port is chosen when the socket is bound: the kernel could leave that to the connecting
/// (`IP_BIND_ADDRESS_NO_PORT`), which no library here offers, and which a few hundred connections
/// of one address do not need.
fn connect(address: SocketAddr, source: SocketAddr) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM.nonblocking().cloexec(), None)?;
    socket.bind(&SockAddr::from(source))?;
    // Closed with a reset: a crowd in TIME_WAIT would overflow the kernel's table of them.
    socket.set_linger(Some(Duration::ZERO))?;
    match socket.connect(&SockAddr::from(address)) {
        Err(error) if error.raw_os_error() != Some(EINPROGRESS) => Err(error),
        _ => Ok(TcpStream::from_std(socket.into())),
    }
}

/// Linux's number for a connection that is being made.
const EINPROGRESS: i32 = 115;
