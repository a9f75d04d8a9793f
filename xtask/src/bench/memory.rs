//! What a connection costs a server while nothing happens on it.

use std::{
    thread,
    time::{Duration, Instant},
};

use clap::ValueEnum;

use super::{
    generator::Holding, limits::Cores, metric::Metric, options::MemoryArgs, running::Running,
    server, server::Server, session::Session, workload::Workload,
};
use crate::Outcome;

/// How long a server may take to accept what already stands in the kernel's queue.
const ACCEPT_LIMIT: Duration = Duration::from_secs(10);

/// What a connection did before it fell silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(super) enum IdleKind {
    /// Connected, and never sent a byte
    IdleNew,
    /// Had one request answered
    IdleKeepalive,
}

impl IdleKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::IdleNew => "idle_new",
            Self::IdleKeepalive => "idle_keepalive",
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
                let bytes = session
                    .step(&server.name, kind.name(), |session| {
                        measure_one(session, server, cores, *kind, args)
                    })
                    .flatten();
                session.samples.add(Metric::UserBytes, kind.name(), &server.name, bytes);
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
) -> Outcome<Option<f64>> {
    let Some(mut running) = session.start(server, cores) else { return Ok(None) };
    // What the first request sets up once is not the connections'.
    Workload::Plaintext.check(running.address)?;
    let watched = running.watched();
    let (files_before, before) = (watched.open_files()?, watched.private_dirty()?);
    let generator = server::generator(session.workspace);
    let held = Holding::open(&generator, running.address, kind, args.connections);
    running.check_alive()?;
    let held = held?;
    wait_for_files(&running, files_before, args.connections)?;
    thread::sleep(Duration::from_secs(args.seconds.into()));
    running.check_alive()?;
    let after = watched.private_dirty()?;
    let disturbed = held.release()?;
    if disturbed > 0 {
        let all = args.connections;
        let sentence = format!("closed or wrote to {disturbed} of {all} silent connections");
        return Err(format!("{sentence}; raise its idle timeout").into());
    }
    Ok(Some((after as f64 - before as f64) / f64::from(args.connections)))
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
