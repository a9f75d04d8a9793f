//! How a server is set up; everything is checked and bound at once, in `build`.

use std::{net::SocketAddr, time::Duration};

use crate::{
    Error, ListenAddress, Parking, Server, Topology,
    error::Problem,
    limits::Limits,
    listen::{Binding, only_v6},
    topology::MAX_WORKERS,
    worker::WorkerSettings,
};

/// How a server is set up. Made by [`Server::builder`].
///
/// Nothing fails before [`ServerBuilder::build`], which reports all problems at once.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ServerBuilder {
    addresses: Vec<ListenAddress>,
    topology: Topology,
    backlog: u32,
    nodelay: bool,
    max_connections: usize,
    max_connections_per_ip: Option<usize>,
    parking: Option<Parking>,
    block_threshold: Option<Duration>,
    lame_duck: Duration,
    drain_timeout: Duration,
}

/// With about 10 KB for a busy connection that is 100 MB at worst, which a small container has.
/// Whoever expects more connections has sized the machine for them, and says so.
const DEFAULT_MAX_CONNECTIONS: usize = 10_000;

/// A burst of this size waits instead of being retried a second later. The kernel lowers it to
/// its own limit (`net.core.somaxconn`).
const DEFAULT_BACKLOG: u32 = 1024;

/// A quarter of what people feel as a pause; longer than a garbage collection elsewhere.
const DEFAULT_BLOCK_THRESHOLD: Duration = Duration::from_millis(250);

/// As long as orchestrators commonly wait before they kill a process.
const DEFAULT_DRAIN_TIMEOUT: Duration = Duration::from_secs(30);

impl ServerBuilder {
    pub(crate) fn new() -> Self {
        Self {
            addresses: Vec::new(),
            topology: Topology::default(),
            backlog: DEFAULT_BACKLOG,
            nodelay: true,
            max_connections: DEFAULT_MAX_CONNECTIONS,
            max_connections_per_ip: None,
            parking: Some(Parking::default()),
            block_threshold: Some(DEFAULT_BLOCK_THRESHOLD),
            lame_duck: Duration::ZERO,
            drain_timeout: DEFAULT_DRAIN_TIMEOUT,
        }
    }

    /// Adds an address, `IP:PORT`. Port 0 lets the system choose: [`Server::local_addrs`] tells
    /// which. `[::]` serves IPv4 too, unless 0.0.0.0 is listed with the same port.
    pub fn listen(mut self, address: impl Into<ListenAddress>) -> Self {
        self.addresses.push(address.into());
        self
    }

    /// Where connections are worked on. Default: one worker per core.
    pub fn topology(mut self, topology: Topology) -> Self {
        self.topology = topology;
        self
    }

    /// How many clients may wait to be accepted, for each listener; at least 1. The kernel caps it
    /// at `net.core.somaxconn`. Default: 1,024.
    pub fn backlog(mut self, clients: u32) -> Self {
        self.backlog = clients;
        self
    }

    /// Sends small writes at once (`TCP_NODELAY`) instead of gathering them. Default: true.
    pub fn nodelay(mut self, nodelay: bool) -> Self {
        self.nodelay = nodelay;
        self
    }

    /// How many connections the server holds at once, over all workers; at least 1. At the limit
    /// accepting pauses: further clients wait in the backlog, none is refused. Default: 10,000.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections;
        self
    }

    /// How many connections one peer may hold at once; at least 1. Those beyond are closed at
    /// once, counted, and logged at most once a second.
    ///
    /// An IPv4 peer is an address (also as `::ffff:a.b.c.d`), an IPv6 peer a /56 block, which is
    /// what one subscriber commonly gets. Loopback is exempt. Behind a proxy, whose address is
    /// the peer of every connection, leave it at the default: `None`, no limit.
    pub fn max_connections_per_ip(mut self, connections: Option<usize>) -> Self {
        self.max_connections_per_ip = connections;
        self
    }

    /// How quiet connections are parked; None: they stay as they are. Default: [`Parking::default`].
    ///
    /// Connections of a service without [`Serve::parked_timeouts`] never park.
    ///
    /// [`Serve::parked_timeouts`]: crate::Serve::parked_timeouts
    pub fn parking(mut self, parking: impl Into<Option<Parking>>) -> Self {
        self.parking = parking.into();
        self
    }

    /// How long a task may keep its worker, on which nothing else goes on meanwhile, before a log
    /// line tells of it with its route; from 1 ms. None: nobody looks. Default: 250 ms.
    pub fn block_threshold(mut self, threshold: impl Into<Option<Duration>>) -> Self {
        self.block_threshold = threshold.into();
        self
    }

    /// How long the server goes on after a drain has begun, and only tells its peers not to come
    /// again on their connections, so that no request on its way is lost. Default: none.
    ///
    /// Behind a load balancer: as long as that takes to notice. It counts before the drain time.
    pub fn lame_duck(mut self, time: Duration) -> Self {
        self.lame_duck = time;
        self
    }

    /// How long a drain waits for connections to finish before it cuts them. Default: 30 s.
    pub fn drain_timeout(mut self, timeout: Duration) -> Self {
        self.drain_timeout = timeout;
        self
    }

    /// Checks the settings and binds every address. Clients can connect from here on, and are
    /// accepted by [`Server::run`].
    ///
    /// # Errors
    /// Every problem at once: addresses that do not parse or cannot be bound, settings out of
    /// their range. Nothing stays bound then.
    pub fn build(self) -> Result<Server, Error> {
        let mut problems = self.settings_out_of_range();
        let workers = self.topology.workers().min(MAX_WORKERS);
        let listeners_per_address = match self.topology {
            Topology::PerCore { .. } => workers,
            Topology::WorkStealing { .. } => 1,
        };
        let mut groups = Vec::new();
        for binding in self.bindings(&mut problems) {
            match binding.bind(listeners_per_address) {
                Ok(group) => groups.push(group),
                Err(source) => problems.push(Problem::Listen { address: binding.address, source }),
            }
        }
        if !problems.is_empty() {
            return Err(Error::new(problems));
        }
        let limits = Limits::new(self.max_connections, self.max_connections_per_ip);
        let settings = WorkerSettings {
            parking: self.parking,
            block_threshold: self.block_threshold,
            lame_duck: self.lame_duck,
            drain: self.drain_timeout,
        };
        Ok(Server::new(self.topology, groups, limits, settings))
    }

    fn bindings(&self, problems: &mut Vec<Problem>) -> Vec<Binding> {
        let mut addresses: Vec<SocketAddr> = Vec::new();
        for listed in &self.addresses {
            match listed.parsed() {
                None => problems.push(Problem::Address(listed.clone())),
                Some(address) if address.port() != 0 && addresses.contains(&address) => {
                    problems.push(Problem::Twice(address));
                }
                Some(address) => addresses.push(address),
            }
        }
        let binding = |&address| Binding {
            address,
            backlog: self.backlog,
            nodelay: self.nodelay,
            only_v6: only_v6(address, &addresses),
        };
        addresses.iter().map(binding).collect()
    }

    fn settings_out_of_range(&self) -> Vec<Problem> {
        let sentences = [
            (
                self.addresses.is_empty(),
                "no address to listen on: name one with `listen(\"127.0.0.1:8080\")`",
            ),
            (
                self.topology.workers() > MAX_WORKERS,
                "too many workers: at most 1024, or 0 for one per core",
            ),
            (
                self.block_threshold.is_some_and(|time| time < Duration::from_millis(1)),
                "block_threshold is less than 1 ms: use a longer one, or None for no watchdog",
            ),
            (self.backlog == 0, "backlog is 0: at least 1 client must be able to wait"),
            (
                self.max_connections == 0,
                "max_connections is 0, so that nobody could connect: at least 1",
            ),
            (
                self.max_connections_per_ip == Some(0),
                "max_connections_per_ip is 0, so that nobody could connect: at least 1, or None \
                 for no limit",
            ),
        ];
        sentences
            .into_iter()
            .filter_map(|(wrong, sentence)| wrong.then_some(Problem::Setting(sentence)))
            .collect()
    }
}
