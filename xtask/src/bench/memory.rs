//! What a connection costs a server while nothing happens on it.

use std::{
    error::Error,
    thread,
    time::{Duration, Instant},
};

use clap::ValueEnum;

use super::{
    generator::Holding, limits::Cores, meminfo::MemInfo, metric::Metric, options::MemoryArgs,
    running::Running, server, server::Server, session::Session, workload::Workload,
};
use crate::Outcome;

/// How long a server may take to accept what already stands in the kernel's queue.
const ACCEPT_LIMIT: Duration = Duration::from_secs(10);

/// What a connection did before it fell silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum IdleKind {
    /// Connected, and never sent a byte
    #[value(name = "idle_new")]
    New,
    /// Had one request answered
    #[value(name = "idle_keepalive")]
    Keepalive,
    /// A WebSocket was opened; of the peers' servers none has any
    #[value(name = "idle_websocket")]
    Websocket,
}

impl IdleKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::New => "idle_new",
            Self::Keepalive => "idle_keepalive",
            Self::Websocket => "idle_websocket",
        }
    }

    /// What is asked for.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::New | Self::Keepalive => Workload::Plaintext.path(),
            Self::Websocket => "/ws",
        }
    }
}

/// Measures Highper and the wanted peers; each figure from a server of its own.
pub(super) fn run(session: &mut Session<'_>, args: &MemoryArgs) -> Outcome {
    let servers = Server::list(session.workspace, &args.peers.0);
    let rounds = u64::from(args.common.rounds);
    let steps = rounds * (servers.len() * args.workload.len()) as u64;
    let build = !args.common.output.no_build;
    let cores = session.prepare(build, &args.peers.0, args.connections, steps)?;
    for _ in 0..args.common.rounds {
        for server in &servers {
            for kind in &args.workload {
                if *kind == IdleKind::Websocket && server.name != server::HIGHPER {
                    continue;
                }
                let grown = session
                    .step(&server.name, kind.name(), |session| {
                        measure_one(session, server, cores, *kind, args)
                    })
                    .flatten();
                let Some(grown) = grown else { continue };
                for (metric, bytes) in grown.figures() {
                    session.samples.add(metric, kind.name(), &server.name, Some(bytes));
                }
            }
        }
    }
    Ok(())
}

/// Nothing where the server does not start, which the session has noted.
fn measure_one(
    session: &mut Session<'_>,
    server: &Server,
    cores: Cores,
    kind: IdleKind,
    args: &MemoryArgs,
) -> Outcome<Option<Growth>> {
    let Some(mut running) = session.start(server, cores) else { return Ok(None) };
    // What the first request sets up once is not the connections'.
    Workload::Plaintext.check(running.address)?;
    let generator = server::generator(session.workspace);
    let files_before = running.watched().open_files()?;
    let (third, before) = (args.connections / 3, Reading::take(&running)?);
    let mut open = |connections, already| {
        let held = Holding::open(&generator, running.address, kind, connections);
        running.check_alive()?;
        let held = held?;
        wait_for_files(&running, files_before, already + connections)?;
        thread::sleep(Duration::from_secs(args.seconds.into()));
        running.check_alive()?;
        Ok::<_, Box<dyn Error>>((held, Reading::take(&running)?))
    };
    let (first, at_third) = open(third, 0)?;
    let (rest, at_all) = open(args.connections - third, third)?;
    let disturbed = first.release()? + rest.release()?;
    if disturbed > 0 {
        let all = args.connections;
        let sentence = format!("closed or wrote to {disturbed} of {all} silent connections");
        return Err(format!("{sentence}; raise its idle timeout").into());
    }
    Ok(Some(Growth { before, at_third, at_all, third, all: args.connections }))
}

/// Memory at one moment, in bytes.
#[derive(Clone, Copy)]
struct Reading {
    /// Private to the server.
    user: f64,
    /// Of the whole machine.
    kernel: f64,
}

impl Reading {
    fn take(running: &Running) -> Outcome<Self> {
        let user = running.watched().private_dirty()? as f64;
        Ok(Self { user, kernel: MemInfo::read_without_caches()?.kernel() as f64 })
    }
}

/// Three readings, and the numbers of connections at the second and the third.
struct Growth {
    before: Reading,
    at_third: Reading,
    at_all: Reading,
    third: u32,
    all: u32,
}

impl Growth {
    /// The line through the last two readings: its slope is what one more connection costs, and
    /// what it leaves at no connection is fixed.
    fn figures(&self) -> [(Metric, f64); 4] {
        let (third, all) = (f64::from(self.third), f64::from(self.all));
        let grown = self.at_all.user - self.before.user;
        let added = (self.at_all.user - self.at_third.user) / (all - third);
        [
            (Metric::UserBytes, grown / all),
            (Metric::AddedBytes, added),
            (Metric::FixedBytes, grown - all * added),
            (Metric::KernelBytes, (self.at_all.kernel - self.before.kernel) / all),
        ]
    }
}

/// A connection stands for its client before the server has accepted it.
fn wait_for_files(running: &Running, before: usize, connections: u32) -> Outcome {
    // The connection of the check before may have been among the files, and closed since.
    let expected = before + connections as usize - 1;
    let started = Instant::now();
    loop {
        let open = running.watched().open_files()?;
        if open >= expected {
            return Ok(());
        }
        if started.elapsed() > ACCEPT_LIMIT {
            let accepted = open.saturating_sub(before);
            return Err(format!("accepted only {accepted} of {connections} connections").into());
        }
        thread::sleep(Duration::from_millis(50));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_split_into_what_each_connection_adds_and_what_is_fixed() {
        let reading = |user, kernel| Reading { user, kernel };
        let growth = Growth {
            before: reading(1_000.0, 0.0),
            at_third: reading(1_000.0 + 700.0 + 5_000.0 * 20.0, 1.0),
            at_all: reading(1_000.0 + 700.0 + 15_000.0 * 20.0, 15_000.0 * 8_000.0),
            third: 5_000,
            all: 15_000,
        };
        let figure = |wanted| {
            let figures = growth.figures();
            figures.iter().find(|(metric, _)| *metric == wanted).unwrap().1.round()
        };
        assert_eq!(figure(Metric::AddedBytes), 20.0);
        assert_eq!(figure(Metric::FixedBytes), 700.0);
        assert_eq!(figure(Metric::KernelBytes), 8_000.0);
        assert_eq!(figure(Metric::UserBytes), 20.0);
    }
}
