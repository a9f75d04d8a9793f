//! Restart without a pause: a new process takes the listeners, and then the place, of this one.

use std::time::Duration;

use tokio::time::timeout;
use tracing::{error, info, warn};

use super::{Announcement, Held, Program, Relation, child::Child};
use crate::signals::{Asked, Signals};

/// Why a process is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// A signal says so.
    Signal,
    /// A successor serves.
    Replaced,
}

/// Starts successors when it is asked to.
#[derive(Debug)]
pub(crate) struct Restarts {
    pub(crate) program: Program,
    pub(crate) held: Held,
    /// How long a successor may take until it serves.
    pub(crate) timeout: Duration,
}

impl Restarts {
    /// Waits until this process is to end: after the first signal that says so, or once a successor
    /// serves. The listeners that are held are closed then.
    pub(super) async fn until_end(&self, signals: &mut Signals) -> End {
        let end = loop {
            match signals.next().await {
                Asked::End(name) => {
                    info!("{name}: finishing what is in flight; once more to end at once");
                    Announcement::stopping();
                    break End::Signal;
                }
                Asked::Restart => {
                    if let Some(end) = self.restart(signals).await {
                        break end;
                    }
                }
            }
        };
        self.held.close();
        end
    }

    /// None: this process serves on.
    async fn restart(&self, signals: &mut Signals) -> Option<End> {
        tokio::select! {
            started = self.replace() => match started {
                Ok(pid) => {
                    info!(pid, "the new process serves; finishing what is in flight");
                    self.held.own_files(false);
                    Announcement::replaced_by(pid);
                    Some(End::Replaced)
                }
                Err(reason) => {
                    error!("the restart has failed, this process serves on: {reason}");
                    None
                }
            },
            // The successor, which does not serve yet, ends too: it is dropped.
            name = signals.next_end() => {
                warn!("{name}: the restart is given up; finishing what is in flight");
                Announcement::stopping();
                Some(End::Signal)
            }
        }
    }

    /// Starts a successor and waits until it serves: its number.
    async fn replace(&self) -> Result<u32, String> {
        let handed = self.held.share(0, 1).map_err(|error| error.to_string())?;
        let program = self.program.newest();
        info!(program = ?program.get_program(), "SIGUSR2: starting the new process");
        let child = Child::start(program, Relation::Predecessor, handed).await;
        let mut child = child.map_err(|error| format!("it could not be started: {error}"))?;
        match timeout(self.timeout, child.ready()).await {
            Ok(Ok(())) => Ok(child.release()),
            Ok(Err(reason)) => Err(reason),
            Err(_) => Err(format!("it does not serve after {:?} (RESTART_TIMEOUT)", self.timeout)),
        }
    }
}
