//! The place of one worker: it is started again whenever it ends.

use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep};
use tracing::{info, warn};

use super::channel::{DRAIN, HAND_OVER, RELOAD, STOP};
use super::child::Child;
use super::{Held, Program, Relation};

/// The place of one worker.
pub(super) struct Slot {
    pub(super) index: usize,
    pub(super) workers: usize,
    pub(super) program: Program,
    pub(super) held: Held,
    pub(super) phase: watch::Receiver<Phase>,
    /// It changes when workers are to read certificates again.
    pub(super) reloads: watch::Receiver<u64>,
    pub(super) events: mpsc::Sender<Event>,
    /// How long a worker may drain until it is killed.
    pub(super) patience: Duration,
}

/// What the supervisor wants of all workers. It only ever goes forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Serving,
    /// A successor serves.
    Replaced,
    Draining,
    Stopping,
}

/// What a slot tells the supervisor.
#[derive(Debug)]
pub(super) enum Event {
    Ready {
        index: usize,
    },
    /// It does not start, however often one tries.
    Failed {
        index: usize,
        reason: String,
    },
}

/// How a worker has ended.
enum End {
    AtBoot(String),
    Later(String),
    /// The supervisor wanted it: what was wrong all the same.
    Wanted(Option<String>),
}

/// So many tries tell a passing trouble from one that lasts.
const MAX_FAILED_BOOTS: u32 = 5;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// One that has lived so long did not end because of how it started.
const LONG_LIFE: Duration = Duration::from_secs(10);

/// How long a worker may take to stop at once.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

impl Slot {
    /// Keeps a worker there until the supervisor wants none: what was wrong with the last one.
    pub(super) async fn keep(mut self) -> Option<String> {
        let (mut pause, mut failed_boots) = (FIRST_PAUSE, 0);
        loop {
            let born = Instant::now();
            match self.live().await {
                End::Wanted(problem) => return problem,
                End::AtBoot(reason) => {
                    failed_boots += 1;
                    if failed_boots == MAX_FAILED_BOOTS {
                        let failed = Event::Failed { index: self.index, reason };
                        // The supervisor takes it, or is ending anyway.
                        let _ = self.events.send(failed).await;
                        return None;
                    }
                    warn!(worker = self.index, ?pause, "a worker does not start: {reason}");
                }
                End::Later(how) => {
                    failed_boots = 0;
                    if born.elapsed() >= LONG_LIFE {
                        pause = FIRST_PAUSE;
                    }
                    warn!(worker = self.index, ?pause, "a worker is started again: {how}");
                }
            }
            tokio::select! {
                () = sleep(pause) => {}
                () = reached(&mut self.phase, Phase::Replaced) => return None,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// A worker from its start to its end.
    async fn live(&mut self) -> End {
        self.reloads.mark_unchanged();
        let mut child = match self.start().await {
            Ok(child) => child,
            Err(error) => return End::AtBoot(format!("it could not be started: {error}")),
        };
        tokio::select! {
            ready = child.ready() => if let Err(reason) = ready {
                return End::AtBoot(reason);
            },
            () = reached(&mut self.phase, Phase::Replaced) => {
                return End::Wanted(self.end(child).await);
            }
        }
        info!(worker = self.index, pid = child.pid(), "a worker serves");
        // The supervisor takes it, or is ending anyway.
        let _ = self.events.send(Event::Ready { index: self.index }).await;
        loop {
            tokio::select! {
                how = child.ended() => return End::Later(how),
                () = reached(&mut self.phase, Phase::Replaced) => {
                    return End::Wanted(self.end(child).await);
                }
                () = changed(&mut self.reloads) => child.command(RELOAD).await,
            }
        }
    }

    async fn start(&self) -> std::io::Result<Child> {
        let handed = self.held.share(self.index, self.workers)?;
        Child::start(self.program.same(), Relation::Supervisor, handed).await
    }

    /// Ends a worker as the supervisor wants it: what was wrong with its end.
    async fn end(&mut self, mut child: Child) -> Option<String> {
        let is_replaced = *self.phase.borrow() == Phase::Replaced;
        child.command(if is_replaced { HAND_OVER } else { DRAIN }).await;
        let stopped = tokio::select! {
            ended = child.ended_within(self.patience) => Some(ended),
            () = reached(&mut self.phase, Phase::Stopping) => None,
        };
        let ended = match stopped {
            Some(ended) => ended,
            None => {
                child.command(STOP).await;
                child.ended_within(STOP_PATIENCE).await
            }
        };
        ended.err().map(|how| format!("worker {}: {how}", self.index))
    }
}

async fn reached(phase: &mut watch::Receiver<Phase>, wanted: Phase) {
    // It fails when the supervisor is gone: nobody wants a worker then.
    let _ = phase.wait_for(|now| *now >= wanted).await;
}

async fn changed(reloads: &mut watch::Receiver<u64>) {
    if reloads.changed().await.is_err() {
        // Nobody can ask for it any more.
        std::future::pending().await
    }
}
