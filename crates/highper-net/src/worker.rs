//! A worker: a thread, its runtime, its listeners and its connections.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
    time::Duration,
};

use tokio::{
    runtime::{Builder, Runtime},
    sync::mpsc,
    task::JoinSet,
    time::{sleep, timeout},
};
use tracing::warn;

use crate::{
    Parking, Serve,
    accept::{Acceptor, Starter},
    handle::{Control, Phase},
    listeners::Listening,
    reactor::EventLoop,
    tally::Tally,
};

/// A worker before it runs: everything that its thread needs.
///
/// Under work stealing there is one only, whose runtime has the threads.
pub(crate) struct Worker<S> {
    pub(crate) index: usize,
    pub(crate) engine: Engine,
    pub(crate) listeners: Vec<Listening>,
    pub(crate) tally: Arc<Tally>,
    pub(crate) service: Arc<S>,
    pub(crate) control: Arc<Control>,
    pub(crate) settings: WorkerSettings,
    pub(crate) reports: mpsc::Sender<Report>,
}

/// What all workers of a server have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WorkerSettings {
    pub(crate) parking: Option<Parking>,
    pub(crate) block_threshold: Option<Duration>,
    pub(crate) lame_duck: Duration,
    pub(crate) drain: Duration,
}

/// How long a connection without a byte is kept when what is quiet ends: its client has connected and
/// may be about to send its first request.
pub(crate) const FIRST_REQUEST_GRACE: Duration = Duration::from_millis(500);

/// The runtime that a worker drives.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Engine {
    OneThread,
    Stealing { threads: usize },
}

/// What a worker tells `run`.
#[derive(Debug)]
pub(crate) enum Report {
    /// Its runtime is up and its listeners are registered.
    Ready,
    /// It has ended, with this many connections cut, or for this reason.
    Ended { index: usize, outcome: Result<usize, String> },
}

/// How many reports a worker makes at most; the channel has room for all of them.
pub(crate) const REPORTS_PER_WORKER: usize = 2;

impl<S: Serve> Worker<S> {
    pub(crate) fn name(&self) -> String {
        match self.engine {
            Engine::OneThread => format!("highper-worker-{}", self.index),
            Engine::Stealing { .. } => "highper-server".to_owned(),
        }
    }

    /// Starts the worker's thread, which always reports its end.
    pub(crate) fn start(self) -> io::Result<()> {
        let (index, name, reports) = (self.index, self.name(), self.reports.clone());
        let live = move || {
            let outcome = catch_unwind(AssertUnwindSafe(|| self.live()))
                .unwrap_or_else(|_| Err("its thread panicked".to_owned()));
            // Fails only when `run` was dropped, and then nobody wants to know.
            let _ = reports.try_send(Report::Ended { index, outcome });
        };
        thread::Builder::new().name(name).spawn(live).map(drop)
    }

    fn live(self) -> Result<usize, String> {
        self.control.watched.add_this_thread();
        self.tally.drain.enter_thread();
        let runtime =
            self.runtime().map_err(|error| format!("its runtime did not start: {error}"))?;
        let outcome = runtime.block_on(self.work());
        // Drops every task that is left, and does not wait for blocking work.
        runtime.shutdown_background();
        outcome
    }

    fn runtime(&self) -> io::Result<Runtime> {
        let mut builder = match self.engine {
            Engine::OneThread => Builder::new_current_thread(),
            Engine::Stealing { threads } => {
                let mut builder = Builder::new_multi_thread();
                builder.worker_threads(threads);
                builder
            }
        };
        let name = match self.engine {
            Engine::OneThread => format!("{}-blocking", self.name()),
            Engine::Stealing { .. } => "highper-worker".to_owned(),
        };
        // Of a runtime with threads of its own these do the work.
        if let Engine::Stealing { .. } = self.engine {
            let (control, drain) = (Arc::clone(&self.control), self.tally.drain.clone());
            builder.on_thread_start(move || {
                control.watched.add_this_thread();
                drain.enter_thread();
            });
        }
        builder.thread_name(name).enable_all().build()
    }

    async fn work(self) -> Result<usize, String> {
        let Self { listeners, tally, service, control, settings, reports, .. } = self;
        let (event_loop, listeners) = EventLoop::new(
            listeners,
            settings.parking,
            service.parked_timeouts(),
            Arc::clone(&tally),
        )
        .map_err(|error| format!("its reactor could not be set up: {error}"))?;
        let reactor = Arc::clone(event_loop.reactor());
        let starter = Arc::new(Starter::new(service, Arc::clone(&tally)));
        let _ = reports.try_send(Report::Ready);

        // All or none: no worker accepts before all are ready.
        control.reached(Phase::Started).await;
        let mut reacting = tokio::spawn({
            let starter = Arc::clone(&starter);
            event_loop.run(move |stream| starter.start(stream))
        });
        let mut accepting: JoinSet<()> = (0..)
            .zip(listeners)
            .map(|(index, listener)| {
                Acceptor::new(listener, index, Arc::clone(&reactor), Arc::clone(&starter)).run()
            })
            .collect();
        tokio::select! {
            () = control.reached(Phase::Draining) => {}
            Some(_) = accepting.join_next() => return Err("its accept loop panicked".to_owned()),
            failed = &mut reacting => return Err(match failed {
                Ok(error) => format!("its event loop failed: {error}"),
                Err(_) => "its event loop panicked".to_owned(),
            }),
        }

        if control.is_handed_over() {
            tally.drain.hand_over();
        }
        tally.drain.announce();
        tokio::select! {
            () = sleep(settings.lame_duck) => {}
            () = control.reached(Phase::Aborting) => {}
        }
        tally.drain.end();
        reactor.dismiss_spares();
        let finished = async {
            while accepting.join_next().await.is_some() {}
            let used = reactor.close_used();
            // Who has just connected is about to ask.
            let _ = timeout(FIRST_REQUEST_GRACE, tally.all_ended()).await;
            let told = used.and(reactor.close_all());
            if let Err(error) = told {
                warn!(%error, "quiet connections could not be told to end");
            }
            tally.all_ended().await;
        };
        tokio::select! {
            _ = timeout(settings.drain, finished) => {}
            () = control.reached(Phase::Aborting) => {}
        }
        Ok(tally.unfinished())
    }
}
