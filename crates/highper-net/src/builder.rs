//! How a server is set up; everything is checked and bound at once, in `build`.

use std::{net::SocketAddr, os::fd::OwnedFd, sync::Arc, time::Duration};

use crate::{
    Error, ListenAddress, Listeners, Parking, Server, Topology,
    bind::{Binding, ListenOptions, only_v6},
    error::Problem,
    limits::Limits,
    listen::Form,
    listeners::Group,
    proxy_protocol::Trusted,
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
    adopted: Vec<(ListenAddress, Arc<Vec<OwnedFd>>)>,
    topology: Topology,
    options: ListenOptions,
    max_connections: usize,
    max_connections_per_worker: Option<usize>,
    max_connections_per_ip: Option<usize>,
    parking: Option<Parking>,
    block_threshold: Option<Duration>,
    lame_duck: Duration,
    drain_timeout: Duration,
    proxy_protocol: Option<Trusted>,
}

/// With about 10 KB for a busy connection that is 100 MB at worst, which a small container has.
/// Whoever expects more connections has sized the machine for them, and says so.
const DEFAULT_MAX_CONNECTIONS: usize = 10_000;

/// A burst of this size waits instead of being retried a second later. The kernel lowers it to
/// its own limit (`net.core.somaxconn`).
const DEFAULT_BACKLOG: u32 = 1024;

/// A quarter of what people feel as a pause; longer than a garbage collection elsewhere.
const DEFAULT_BLOCK_THRESHOLD: Duration = Duration::from_millis(250);

/// The user and the group of the server, to which the proxy in front is to belong. With 0o666 every
/// program on the machine could go around that proxy and whatever it checks.
const DEFAULT_UNIX_MODE: u32 = 0o660;

/// As long as orchestrators commonly wait before they kill a process.
const DEFAULT_DRAIN_TIMEOUT: Duration = Duration::from_secs(30);

impl ServerBuilder {
    pub(crate) fn new() -> Self {
        Self {
            addresses: Vec::new(),
            adopted: Vec::new(),
            topology: Topology::default(),
            options: ListenOptions {
                backlog: DEFAULT_BACKLOG,
                nodelay: true,
                reuse_port: false,
                unix_mode: DEFAULT_UNIX_MODE,
            },
            max_connections: DEFAULT_MAX_CONNECTIONS,
            max_connections_per_worker: None,
            max_connections_per_ip: None,
            parking: Some(Parking::default()),
            block_threshold: Some(DEFAULT_BLOCK_THRESHOLD),
            lame_duck: Duration::ZERO,
            drain_timeout: DEFAULT_DRAIN_TIMEOUT,
            proxy_protocol: None,
        }
    }

    /// Adds an address: `IP:PORT`, `unix:PATH`, or sockets that the service manager has opened; see
    /// [`ListenAddress`].
    ///
    /// Port 0 lets the system choose: [`Server::local_addrs`] tells which. `[::]` serves IPv4 too,
    /// unless 0.0.0.0 is listed with the same port. The file of a Unix socket is removed at the end;
    /// one that was left over from a process that was killed is replaced.
    pub fn listen(mut self, address: impl Into<ListenAddress>) -> Self {
        self.addresses.push(address.into());
        self
    }

    /// Sockets that another process has bound and handed over, with the address that was listed
    /// there ([`Listeners::share`]). Where that address is listed here, they are used in place of
    /// binding it; those of addresses that are not listed here are closed.
    ///
    /// Options of the connections are set anew; the backlog stays. Where there are more workers than
    /// sockets, workers share them.
    pub fn adopt(mut self, address: impl Into<ListenAddress>, sockets: Vec<OwnedFd>) -> Self {
        self.adopted.push((address.into(), Arc::new(sockets)));
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
        self.options.backlog = clients;
        self
    }

    /// Sends small writes at once (`TCP_NODELAY`) instead of gathering them. Default: true.
    pub fn nodelay(mut self, nodelay: bool) -> Self {
        self.options.nodelay = nodelay;
        self
    }

    /// Lets other servers of the same user listen on the same TCP addresses, if they say so too
    /// (`SO_REUSEPORT`); the kernel spreads the clients over all of them. Default: false, so that
    /// a second server is told that the port is in use, instead of taking half of the clients.
    pub fn reuse_port(mut self, reuse_port: bool) -> Self {
        self.options.reuse_port = reuse_port;
        self
    }

    /// The permissions of a Unix socket's file, up to `0o777`; who may write to it may connect.
    /// Default: `0o660`, the user and the group of the server.
    pub fn unix_mode(mut self, mode: u32) -> Self {
        self.options.unix_mode = mode;
        self
    }

    /// How many connections the server holds at once, over all workers; at least 1. At the limit
    /// accepting pauses: further clients wait in the backlog, none is refused. Default: 10,000.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections;
        self
    }

    /// How many connections each worker holds at once; at least 1. At the limit its accepting pauses:
    /// the clients that the kernel has given to its listeners wait there, also while other workers
    /// have room. It bounds what one thread has to do, and what is lost with it. Threads that share
    /// their work ([`Topology::WorkStealing`]) share their places too. Default: `None`, no limit but
    /// that of the server.
    pub fn max_connections_per_worker(mut self, connections: Option<usize>) -> Self {
        self.max_connections_per_worker = connections;
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

    /// Whose connections begin with a header of the PROXY protocol, version 1 or 2, that tells whose
    /// connection they pass on. One of theirs that begins with anything else is closed, counted, and
    /// logged at most once a second. Default: nobody's.
    ///
    /// Headers of all others are not believed: they are the first bytes of their request.
    pub fn proxy_protocol(mut self, trusted: impl Into<Option<Trusted>>) -> Self {
        self.proxy_protocol = trusted.into();
        self
    }

    /// Checks the settings and binds every address. Clients can connect from here on, and are
    /// accepted by [`Server::run`].
    ///
    /// # Errors
    /// Every problem at once: addresses that do not parse or cannot be bound, settings out of
    /// their range. Nothing stays bound then.
    pub fn build(self) -> Result<Server, Error> {
        let listeners = self.bind(1)?;
        let mut limits = Limits::new(self.max_connections, self.max_connections_per_ip);
        limits.trusted = self.proxy_protocol;
        let threads_of_one = match self.topology {
            Topology::PerCore { .. } => 1,
            Topology::WorkStealing { .. } => self.topology.workers(),
        };
        limits.per_worker =
            self.max_connections_per_worker.map(|most| most.saturating_mul(threads_of_one));
        let settings = WorkerSettings {
            parking: self.parking,
            block_threshold: self.block_threshold,
            lame_duck: self.lame_duck,
            drain: self.drain_timeout,
        };
        Server::new(self.topology, listeners, limits, settings).map_err(|error| {
            let name = "sharing the listeners among the workers".to_owned();
            Error::new(vec![Problem::Worker { name, reason: error.to_string() }])
        })
    }

    /// Only binds, for this many processes with servers like this one, 1 to 1,024: each takes its
    /// part ([`Listeners::share`]) by [`ServerBuilder::adopt`].
    ///
    /// # Errors
    /// Those of [`ServerBuilder::build`].
    pub fn bind(&self, processes: usize) -> Result<Listeners, Error> {
        let mut problems = self.settings_out_of_range();
        let workers = self.topology.workers().min(MAX_WORKERS);
        let per_process = match self.topology {
            Topology::PerCore { .. } => workers,
            Topology::WorkStealing { .. } => 1,
        };
        let count = per_process * processes.clamp(1, MAX_WORKERS);
        let mut adopted = self.adopted.clone();
        let mut groups = Vec::new();
        for listed in self.listed(&mut problems) {
            match self.groups(listed, count, &mut adopted) {
                Ok(found) => groups.extend(found),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(Listeners::new(groups)) } else { Err(Error::new(problems)) }
    }

    /// The sockets of one address: those that were handed over, or new ones.
    fn groups(
        &self,
        listed: &ListenAddress,
        count: usize,
        adopted: &mut Vec<(ListenAddress, Arc<Vec<OwnedFd>>)>,
    ) -> Result<Vec<Group>, Problem> {
        let inherited = |reason| Problem::Inherited { address: listed.clone(), reason };
        let failed = |source| Problem::Listen { address: listed.clone(), source };
        let mut found = Vec::new();
        // What the service manager has opened are any number of groups, everything else is one.
        while found.is_empty() || listed.is_inherited() {
            let Some(at) = adopted.iter().position(|(address, _)| address.is_same_place(listed))
            else {
                break;
            };
            let (_, sockets) = adopted.remove(at);
            let sockets = sockets.iter().map(OwnedFd::try_clone).collect::<Result<_, _>>();
            let sockets = sockets.map_err(failed)?;
            found.push(Group::adopted(listed, sockets, self.options).map_err(inherited)?);
        }
        match listed.form() {
            _ if !found.is_empty() => Ok(found),
            Form::Tcp(address) => {
                let only_v6 = only_v6(*address, &self.tcp_addresses());
                let binding = Binding { address: *address, options: self.options, only_v6 };
                Ok(vec![Group::tcp(listed, binding, count).map_err(failed)?])
            }
            Form::Unix(name) => Ok(vec![Group::unix(listed, name, self.options).map_err(failed)?]),
            Form::Inherited(which) => {
                Group::inherited(listed, which, self.options).map_err(inherited)
            }
            Form::Bad(_) => Err(Problem::Address(listed.clone())),
        }
    }

    fn tcp_addresses(&self) -> Vec<SocketAddr> {
        let tcp = |listed: &ListenAddress| match listed.form() {
            Form::Tcp(address) => Some(*address),
            _ => None,
        };
        self.addresses.iter().filter_map(tcp).collect()
    }

    /// The addresses, each once; port 0 is another address each time.
    fn listed(&self, problems: &mut Vec<Problem>) -> Vec<&ListenAddress> {
        let mut addresses = Vec::new();
        for listed in &self.addresses {
            let is_any_port = matches!(listed.form(), Form::Tcp(address) if address.port() == 0);
            let is_bad = matches!(listed.form(), Form::Bad(_));
            let is_listed =
                addresses.iter().any(|earlier: &&ListenAddress| earlier.is_same_place(listed));
            if !is_any_port && !is_bad && is_listed {
                problems.push(Problem::Twice(listed.clone()));
            } else {
                addresses.push(listed);
            }
        }
        addresses
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
            (self.options.backlog == 0, "backlog is 0: at least 1 client must be able to wait"),
            (
                self.options.unix_mode > 0o777,
                "unix_mode is beyond 0o777: only permissions can be set",
            ),
            (
                self.max_connections == 0,
                "max_connections is 0, so that nobody could connect: at least 1",
            ),
            (
                self.max_connections_per_worker == Some(0),
                "max_connections_per_worker is 0, so that nobody could connect: at least 1, or None \
                 for no limit",
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
