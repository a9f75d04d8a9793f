//! A worker of a supervisor.

use highper_net::{Handle, Status};
use tracing::{info, warn};

use super::Parent;
use super::parent::Command;
use crate::signals::{Asked, Signals};
use crate::tls::Certificates;

/// What a worker obeys: its supervisor, and signals that say the same.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) supervisor: Parent,
    pub(crate) signals: Signals,
    pub(crate) certificates: Option<Certificates>,
}

impl Worker {
    /// Drains when it is told to, or when the supervisor is gone; stops when the supervisor says so.
    ///
    /// Signals drain, however often they come: a terminal and a service manager send them to every
    /// process, beside what the supervisor says on hearing the same.
    pub(crate) async fn attend(mut self, handle: Handle) {
        handle.started().await;
        if handle.status() != Status::Started {
            return;
        }
        self.supervisor.ready().await;
        loop {
            tokio::select! {
                command = self.supervisor.command() => match command {
                    Command::Reload => {
                        if let Some(certificates) = &self.certificates {
                            certificates.reload().await;
                        }
                    }
                    Command::Drain => handle.drain(),
                    Command::HandOver => handle.hand_over(),
                    Command::Stop => handle.stop(),
                    Command::Gone => {
                        warn!("the supervisor is gone: finishing what is in flight");
                        return handle.drain();
                    }
                },
                asked = self.signals.next() => match asked {
                    Asked::End(_) => handle.drain(),
                    Asked::Restart => info!("SIGUSR2 is for the supervisor; a worker ignores it"),
                },
            }
        }
    }
}
