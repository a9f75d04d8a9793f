//! `bench`: what Highper costs, beside its peers, on this machine.
//!
//! `benches/README.md` explains what is measured and how; this module starts the programs there,
//! pins them, watches them from outside and sums up. It measures Highper as a user writes it: the
//! server in `benches/server` is an ordinary application.

mod c10m;
mod callgrind;
mod connections;
mod counters;
mod cpu;
mod generator;
mod instructions;
mod latency;
mod limits;
mod machine;
mod meminfo;
mod memory;
mod metric;
mod middleware;
mod options;
mod parking;
mod procfs;
mod report;
mod routes;
mod running;
mod samples;
mod server;
mod session;
mod sweep;
mod throughput;
mod workload;

use crate::{Outcome, workspace::Workspace};

use self::{
    options::{AllArgs, Measure},
    session::Session,
};

pub(crate) use self::options::BenchArgs;

/// Builds what is needed, measures, prints tables, and writes JSON where asked to.
///
/// # Errors
///
/// The programs cannot be built, or a server failed; the figures of the others are printed and
/// written all the same.
pub(crate) fn run(workspace: &Workspace, args: &BenchArgs) -> Outcome {
    let mut session = Session::begin(workspace, args.measure.counter()?);
    let measured = measure(&mut session, &args.measure);
    // What was measured before something failed is worth its time.
    let ended = session.end(args.measure.output());
    measured.and(ended)
}

fn measure(session: &mut Session<'_>, measure: &Measure) -> Outcome {
    match measure {
        Measure::Throughput(args) => throughput::run(session, args),
        Measure::Memory(args) => memory::run(session, args),
        Measure::Middleware(args) => middleware::run(session, args),
        Measure::Routes(args) => routes::run(session, args),
        Measure::Latency(args) => latency::run(session, args),
        Measure::Cpu(args) => cpu::run(session, args),
        Measure::Connections(args) => connections::run(session, args),
        Measure::Parking(args) => parking::run(session, args),
        Measure::C10m(args) => c10m::run(session, args),
        Measure::All(args) => all(session, args),
    }
}

fn all(session: &mut Session<'_>, args: &AllArgs) -> Outcome {
    let load = &args.throughput.load;
    throughput::run(session, &args.throughput)?;
    latency::run(session, &args.latency())?;
    cpu::run(session, &args.cpu())?;
    connections::run(session, &args.connections())?;
    memory::run(session, &args.memory())?;
    middleware::run(session, load)?;
    routes::run(session, load)?;
    if session.counter.is_some() {
        parking::run(session, load)?;
    }
    args.c10m().map_or(Ok(()), |args| c10m::run(session, &args))
}
