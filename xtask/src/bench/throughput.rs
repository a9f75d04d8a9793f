//! Requests per second, and what one request costs the server.

use std::path::Path;

use highper_load::LoadReport;

use super::{
    callgrind,
    counters::{Counters, Instructions},
    generator::{self, Load, Pace},
    instructions::Counter,
    metric::Metric,
    options::{LoadArgs, ThroughputArgs},
    running::Running,
    server::{self, Server},
    session::Session,
    workload::Workload,
};
use crate::Outcome;

/// Long enough for caches, allocator and branch predictor to have seen the work.
const WARM_UP_SECONDS: f64 = 0.5;

/// Measures Highper and the wanted peers.
pub(super) fn run(session: &mut Session<'_>, args: &ThroughputArgs) -> Outcome {
    let servers = Server::list(session.workspace, &args.peers.0);
    measure(session, &args.load, &servers, &args.peers.0, &args.workload)
}

/// Takes all rounds: every server in turn, so that a slow minute of the machine hits all alike.
pub(super) fn measure(
    session: &mut Session<'_>,
    args: &LoadArgs,
    servers: &[Server],
    peers: &[&str],
    workloads: &[Workload],
) -> Outcome {
    let by_callgrind = session.counter == Some(Counter::Callgrind);
    let counted_rounds = if by_callgrind { callgrind::rounds(args) } else { 0 };
    let rounds = u64::from(args.timed.common.rounds + counted_rounds);
    let steps = rounds * (servers.len() * workloads.len()) as u64;
    let cores = session.prepare(
        !args.timed.common.output.no_build,
        peers,
        args.timed.connections,
        steps,
    )?;
    let generator = server::generator(session.workspace);
    for _ in 0..args.timed.common.rounds {
        for server in servers {
            let mut running = session.start(server, cores);
            for workload in workloads {
                let (name, connections) = (workload.name(), args.timed.connections);
                let pace = Pace::Seconds(args.timed.seconds.into());
                let load = Load { workload: *workload, connections, pace };
                let figures = session.step(&server.name, name, |session| {
                    let running = running.as_mut().ok_or("the server does not run")?;
                    let counting = session.counter == Some(Counter::Hardware);
                    measure_one(running, &generator, &load, counting)
                });
                if let Some(figures) = figures {
                    figures.add_to(session, name, &server.name);
                }
            }
        }
    }
    if by_callgrind {
        callgrind::measure(session, args, cores, servers, workloads);
    }
    Ok(())
}

/// What one run showed.
struct Figures {
    requests_per_second: f64,
    cpu_ns: f64,
    /// For each request, as all of these but the first.
    instructions: Option<Instructions>,
}

fn measure_one(
    running: &mut Running,
    generator: &Path,
    load: &Load,
    counting: bool,
) -> Outcome<Figures> {
    warm_up(running, generator, load)?;
    let mut counters = counting.then(|| Counters::open(running.watched())).transpose()?;
    let Loaded { report, cpu_ns } = load_once(running, generator, load)?;
    let per_request = |total: f64| total / report.answers as f64;
    let instructions = counters.as_mut().map(Counters::read).transpose()?;
    Ok(Figures {
        requests_per_second: report.requests_per_second,
        cpu_ns: per_request(cpu_ns as f64),
        instructions: instructions.map(|Instructions { user, kernel }| Instructions {
            user: per_request(user),
            kernel: kernel.map(per_request),
        }),
    })
}

/// One run, and the CPU time that the server took for it.
pub(super) struct Loaded {
    pub(super) report: LoadReport,
    pub(super) cpu_ns: u64,
}

/// # Errors
///
/// The server ended, or did not answer as it should.
pub(super) fn load_once(running: &mut Running, generator: &Path, load: &Load) -> Outcome<Loaded> {
    let watched = running.watched();
    let before = watched.cpu_ns()?;
    let report = generator::run(generator, running.address, load);
    running.check_alive()?;
    let report = report?;
    Ok(Loaded { report, cpu_ns: watched.cpu_ns()?.saturating_sub(before) })
}

/// # Errors
///
/// The server ended, or did not answer as it should.
pub(super) fn warm_up(running: &mut Running, generator: &Path, load: &Load) -> Outcome {
    load.workload.check(running.address)?;
    let load = Load { pace: Pace::Seconds(WARM_UP_SECONDS), ..*load };
    load_once(running, generator, &load).map(drop)
}

impl Figures {
    fn add_to(&self, session: &mut Session<'_>, workload: &'static str, server: &str) {
        let user = self.instructions.map(|instructions| instructions.user);
        let kernel = self.instructions.and_then(|instructions| instructions.kernel);
        for (metric, value) in [
            (Metric::UserInstructions, user),
            (Metric::KernelInstructions, kernel),
            (Metric::CpuTime, Some(self.cpu_ns)),
            (Metric::Requests, Some(self.requests_per_second)),
        ] {
            session.samples.add(metric, workload, server, value);
        }
    }
}
