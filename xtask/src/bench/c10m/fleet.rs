//! All server processes of a crowd, and the client process of each.

use std::{
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    time::{Duration, Instant},
};

use highper_load::{CrowdCommand, CrowdEvent, CrowdProgress};

use super::{
    client::{Client, Told},
    watch::Watch,
};
use crate::{
    Outcome,
    bench::{limits::Cores, running::Running, server::Server, workload::Workload},
};

/// How often the machine is looked at while the clients work.
const WATCHED: Duration = Duration::from_millis(250);

/// Lines that may wait to be read; a client that finds no room waits.
const LINES: usize = 1024;

pub(super) struct Fleet {
    // Ended first: a server's end is no news to a client that is gone.
    clients: Vec<Client>,
    servers: Vec<Running>,
    told: Receiver<Told>,
}

/// What the server processes have taken so far, all together.
#[derive(Clone, Copy)]
pub(super) struct Taken {
    pub(super) user_bytes: u64,
    pub(super) cpu_ns: u64,
}

/// Where the programs are and where they run.
pub(super) struct Place<'a> {
    pub(super) server: &'a Server,
    pub(super) generator: PathBuf,
    pub(super) cores: Cores,
    pub(super) logs: &'a Path,
    /// Each connection becomes a WebSocket.
    pub(super) speaks_websocket: bool,
}

impl Fleet {
    /// Starts a server and a client for each of these numbers of connections; opens none yet.
    ///
    /// # Errors
    ///
    /// A process does not start or answer, or the run has to end.
    pub(super) fn start(place: &Place<'_>, pairs: &[u32], watch: &Watch) -> Outcome<Self> {
        let (sender, told) = sync_channel(LINES);
        let mut fleet = Self { clients: Vec::new(), servers: Vec::new(), told };
        let mut first = 0;
        for (index, connections) in pairs.iter().copied().enumerate() {
            watch.check()?;
            let name = format!("{}-{}", place.server.name, index + 1);
            let server = Server { name, ..place.server.clone() };
            let running = Running::start(&server, place.cores, place.logs)?;
            // What the first request sets up once is not the connections'.
            Workload::Plaintext.check(running.address)?;
            let (program, address) = (&place.generator, running.address);
            let (sender, websocket) = (sender.clone(), place.speaks_websocket);
            let client =
                Client::start(program, address, connections, first, index, websocket, sender)?;
            fleet.clients.push(client);
            fleet.servers.push(running);
            first += connections;
        }
        Ok(fleet)
    }

    /// Pairs of a server and a client.
    pub(super) fn size(&self) -> usize {
        self.clients.len()
    }

    pub(super) fn taken(&self) -> Outcome<Taken> {
        let mut taken = Taken { user_bytes: 0, cpu_ns: 0 };
        for server in &self.servers {
            taken.user_bytes += server.watched().private_dirty()?;
            taken.cpu_ns += server.watched().cpu_ns()?;
        }
        Ok(taken)
    }

    /// Has every client do this, and waits until all have; tells the sum of their progress.
    ///
    /// # Errors
    ///
    /// A process ended, or the run has to.
    pub(super) fn command(
        &mut self,
        command: CrowdCommand,
        watch: &Watch,
        mut on_progress: impl FnMut(CrowdProgress),
    ) -> Outcome<Vec<CrowdEvent>> {
        for client in &mut self.clients {
            client.tell(command)?;
        }
        let mut progress = vec![CrowdProgress::default(); self.clients.len()];
        let mut answers = Vec::with_capacity(self.clients.len());
        let mut watched = Instant::now();
        while answers.len() < self.clients.len() {
            if watched.elapsed() > WATCHED {
                watched = Instant::now();
                watch.check()?;
                self.check_alive()?;
            }
            match self.told.recv_timeout(WATCHED) {
                Ok((place, Ok(CrowdEvent::Progress(made)))) => {
                    progress[place] = made;
                    on_progress(sum(&progress));
                }
                Ok((_, Ok(answer))) => answers.push(answer),
                Ok((_, Err(reason))) => return Err(format!("a client ended: {reason}").into()),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err("every client ended".into()),
            }
        }
        Ok(answers)
    }

    fn check_alive(&mut self) -> Outcome {
        self.servers.iter_mut().try_for_each(Running::check_alive)
    }
}

fn sum(parts: &[CrowdProgress]) -> CrowdProgress {
    parts.iter().fold(CrowdProgress::default(), |sum, part| CrowdProgress {
        opened: sum.opened + part.opened,
        answered: sum.answered + part.answered,
        lost: sum.lost + part.lost,
    })
}
