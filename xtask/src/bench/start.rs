//! How long a program takes from its start until it accepts connections.

use super::{
    metric::Metric,
    options::StartArgs,
    server::{self, Server},
    session::Session,
};
use crate::{Outcome, process};

/// Measures the smallest application, the demo, and the wanted peers.
pub(super) fn run(session: &mut Session<'_>, args: &StartArgs) -> Outcome {
    let is_built = args.common.output.no_build;
    if !is_built {
        let mut hello = process::cargo(&session.workspace.root);
        process::run(hello.args(["build", "--release", "-p", "highper", "--example", "hello"]))?;
        let mut demo = process::cargo(&session.workspace.root);
        process::run(demo.args(["build", "--release", "-p", "highper-demo"]))?;
    }
    let release = session.workspace.target.join("release");
    let mut servers = vec![
        Server::application("highper, hello", release.join("examples").join("hello")),
        Server::application("highper, demo", release.join("highper-demo")),
    ];
    servers.extend(server::peers(session.workspace, &args.peers.0));
    let steps = u64::from(args.common.rounds) * servers.len() as u64;
    let cores = session.prepare(!is_built, &args.peers.0, CONNECTIONS, steps)?;
    for _ in 0..args.common.rounds {
        for server in &servers {
            let start = |session: &mut Session<'_>| Ok(session.start(server, cores));
            let Some(running) = session.step(&server.name, WORKLOAD, start).flatten() else {
                continue;
            };
            let time = running.started_in.as_secs_f64() * 1e6;
            session.samples.add(Metric::StartTime, WORKLOAD, &server.name, Some(time));
        }
    }
    Ok(())
}

const WORKLOAD: &str = "start";

/// Those that find out whether it listens, one at a time.
const CONNECTIONS: u32 = 16;
