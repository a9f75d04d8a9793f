//! A server: bound addresses, then workers, then an end.

use std::{fmt, io, net::SocketAddr, sync::Arc};

use tokio::sync::mpsc;
use tracing::info;

use crate::{
    Endpoint, Error, Handle, Listeners, Serve, ServerBuilder, Topology,
    error::Problem,
    handle::{Control, Phase},
    limits::Limits,
    listeners::Listening,
    supervise::Supervisor,
    tally::Tally,
    watchdog,
    worker::{Engine, REPORTS_PER_WORKER, Worker, WorkerSettings},
};

/// A server whose addresses are bound and which does not accept yet.
///
/// Clients that connect before [`Server::run`] wait in the backlog; a program that has more to
/// check before it serves does so in between.
#[derive(Debug)]
pub struct Server {
    local_addrs: Vec<SocketAddr>,
    endpoints: Vec<Endpoint>,
    engine: Engine,
    listeners: Listeners,
    /// For each worker its sockets.
    sockets: Vec<Vec<Listening>>,
    control: Arc<Control>,
    settings: WorkerSettings,
    stopped: Stopped,
}

/// What a server did, told at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Connections that were served.
    pub accepted: u64,
    /// Connections closed at once because their peer held as many as it may.
    pub refused_per_ip: u64,
    /// Connections that were still open when the drain time was over, or at
    /// [`Handle::stop`], and were cut.
    pub cut_at_deadline: usize,
}

impl Server {
    /// Starts to set up a server.
    pub fn builder() -> ServerBuilder {
        ServerBuilder::new()
    }

    pub(crate) fn new(
        topology: Topology,
        listeners: Listeners,
        limits: Limits,
        settings: WorkerSettings,
    ) -> io::Result<Self> {
        let threads = topology.workers();
        let (engine, workers) = match topology {
            Topology::PerCore { .. } => (Engine::OneThread, threads),
            Topology::WorkStealing { .. } => (Engine::Stealing { threads }, 1),
        };
        let endpoints: Vec<_> = listeners.endpoints().cloned().collect();
        let local_addrs = endpoints.iter().filter_map(Endpoint::tcp).collect();
        let sockets = listeners.for_workers(workers)?;
        let limits = Arc::new(limits);
        let tallies = (0..workers).map(|_| Arc::new(Tally::new(Arc::clone(&limits)))).collect();
        let control = Arc::new(Control::new(tallies));
        let stopped = Stopped(Arc::clone(&control));
        Ok(Self { local_addrs, endpoints, engine, listeners, sockets, control, settings, stopped })
    }

    /// The TCP addresses that are bound, in the order in which they were listed, with the real port
    /// where 0 was asked for.
    #[must_use]
    pub fn local_addrs(&self) -> &[SocketAddr] {
        &self.local_addrs
    }

    /// All addresses that are bound, Unix sockets too, in the order in which they were listed.
    #[must_use]
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// More descriptors of the sockets that listen, to be handed to another process.
    ///
    /// Clients can connect as long as one of them is open: drop them when this server drains.
    ///
    /// # Errors
    /// When the system has no descriptors left.
    pub fn listeners(&self) -> io::Result<Listeners> {
        self.listeners.try_clone()
    }

    /// A remote control, for a signal handler or a test.
    #[must_use]
    pub fn handle(&self) -> Handle {
        Handle::new(Arc::clone(&self.control))
    }

    /// Serves until a [`Handle`] drains or stops the server. Connections are worked on by threads
    /// of the server's own; this future only waits. Dropping it ends the server at once.
    ///
    /// A drain tells the connections first, then closes the listeners, then waits until the last
    /// connection has ended or the drain time is over; it ends within a second after that time
    /// even when a connection blocks its worker. Tasks that a connection has spawned and left
    /// behind end with its worker.
    ///
    /// # Errors
    /// When an address begins with `https://` and the service does not speak TLS; when a worker could
    /// not start or failed. The others are ended too then.
    ///
    /// # Panics
    /// Outside a tokio runtime with its timer enabled.
    pub async fn run<S: Serve>(self, service: S) -> Result<Summary, Error> {
        let Self { endpoints, engine, listeners, sockets, control, settings, stopped, .. } = self;
        if let Some(address) = listeners.first_with_tls().filter(|_| !service.speaks_tls()) {
            return Err(Error::new(vec![Problem::NoTls(address.clone())]));
        }
        // The workers have sockets of their own; what stays are the files of Unix sockets.
        let _files = listeners.into_files();
        let (sender, reports) = mpsc::channel(REPORTS_PER_WORKER * sockets.len());
        let service = Arc::new(service);
        let mut names = Vec::new();
        for (index, listeners) in sockets.into_iter().enumerate() {
            let worker = Worker {
                index,
                engine,
                listeners,
                tally: Arc::clone(&control.tallies[index]),
                service: Arc::clone(&service),
                control: Arc::clone(&control),
                settings,
                reports: sender.clone(),
            };
            let name = worker.name();
            if let Err(error) = worker.start() {
                // Dropping `stopped` ends those which did start.
                let reason = format!("its thread did not start: {error}");
                return Err(Error::new(vec![Problem::Worker { name, reason }]));
            }
            names.push(name);
        }
        drop((sender, service));
        if let Some(threshold) = settings.block_threshold {
            watchdog::start(&control, threshold);
        }
        info!(addresses = %Listed(&endpoints), workers = names.len(), "listening");

        let supervisor = Supervisor::new(Arc::clone(&control), reports, names);
        let outcome = supervisor.supervise(settings.lame_duck + settings.drain).await;
        drop(stopped);
        let cut_at_deadline = outcome.map_err(Error::new)?;
        let tallies = &control.tallies;
        let summary = Summary {
            accepted: tallies.iter().map(|tally| tally.accepted()).sum(),
            refused_per_ip: tallies.iter().map(|tally| tally.refused_per_ip()).sum(),
            cut_at_deadline,
        };
        info!(?summary, "stopped");
        Ok(summary)
    }
}

/// Addresses with commas between them.
struct Listed<'a>(&'a [Endpoint]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(index, endpoint)| {
            f.write_str(if index == 0 { "" } else { ", " })?;
            endpoint.fmt(f)
        })
    }
}

/// Ends the workers and tells the handles when the server is dropped, wherever it is in its life.
#[derive(Debug)]
struct Stopped(Arc<Control>);

impl Drop for Stopped {
    fn drop(&mut self) {
        self.0.advance(Phase::Stopped);
    }
}
