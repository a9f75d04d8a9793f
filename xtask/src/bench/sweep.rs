//! Measuring along an axis: the same servers at one rate, load or crowd after the other.

use std::path::PathBuf;

use super::{
    metric::Metric,
    options::{Peers, TimedArgs},
    running::Running,
    server::{self, Server},
    session::Session,
};
use crate::Outcome;

/// One place on the axis.
pub(super) struct Level {
    /// None: beside the axis, what all others refer to.
    pub(super) at: Option<f64>,
    /// The name of its column.
    pub(super) name: String,
}

/// A server at work, and what loads it.
pub(super) struct Target {
    pub(super) running: Running,
    pub(super) generator: PathBuf,
}

/// Takes all rounds over Highper and the peers. Each round has a process of its own for each
/// server, with a state that begins anew; it passes all levels in their order.
pub(super) fn sweep<S: Default>(
    session: &mut Session<'_>,
    args: &TimedArgs,
    peers: &Peers,
    levels: &[Level],
    most_connections: u32,
    mut measure: impl FnMut(&mut S, &mut Target, &Level) -> Outcome<Vec<(Metric, f64)>>,
) -> Outcome {
    let servers = Server::list(session.workspace, &peers.0);
    let steps = u64::from(args.common.rounds) * (servers.len() * levels.len()) as u64;
    let build = !args.common.output.no_build;
    let cores = session.prepare(build, &peers.0, most_connections, steps)?;
    for _ in 0..args.common.rounds {
        for server in &servers {
            let generator = server::generator(session.workspace);
            let running = session.start(server, cores);
            let mut target = running.map(|running| Target { running, generator });
            let mut state = S::default();
            for level in levels {
                let figures = session.step(&server.name, &level.name, |_| {
                    let target = target.as_mut().ok_or("the server does not run")?;
                    measure(&mut state, target, level)
                });
                for (metric, value) in figures.unwrap_or_default() {
                    session.samples.add_at(
                        metric,
                        &level.name,
                        &server.name,
                        level.at,
                        Some(value),
                    );
                }
            }
        }
    }
    Ok(())
}
