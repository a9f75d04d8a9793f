//! `bench`: what Highper costs, beside its peers, on this machine.
//!
//! `benches/README.md` explains what is measured and how; this module starts the programs there,
//! pins them, watches them from outside and sums up. It measures Highper as a user writes it: the
//! server in `benches/server` is an ordinary application.

mod against;
mod c10m;
mod callgrind;
mod connections;
mod counters;
mod cpu;
mod document;
mod files;
mod generator;
mod html;
mod instructions;
mod latency;
mod limits;
mod machine;
mod measurement;
mod meminfo;
mod memory;
mod metric;
mod middleware;
mod options;
mod parking;
mod procfs;
mod profile;
mod report;
mod routes;
mod running;
mod samples;
mod server;
mod session;
mod start;
mod sweep;
mod throughput;
mod waking;
mod websocket;
mod workload;

use crate::{Outcome, workspace::Workspace};

use self::{
    against::Earlier,
    measurement::Measurement,
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
    let output = args.measure.output();
    // Read first: an hour of measuring must not end with a file that is not there.
    let earlier = output.against.as_deref().map(Earlier::read).transpose()?;
    let mut session = Session::begin(workspace, args.measure.counter()?);
    let measured = measure(&mut session, &args.measure);
    // What was measured before something failed is worth its time.
    let ended = session.end(output, earlier.as_ref());
    measured.and(ended)
}

fn measure(session: &mut Session<'_>, measure: &Measure) -> Outcome {
    use Measurement::{
        C10m, Connections, Cpu, Files, Latency, Memory, Middleware, Parking, Routes, Start,
        Throughput, Websocket,
    };
    match measure {
        Measure::Throughput(args) => throughput::run(session.begun(Throughput), args),
        Measure::Memory(args) => memory::run(session.begun(Memory), args),
        Measure::Middleware(args) => middleware::run(session.begun(Middleware), args),
        Measure::Routes(args) => routes::run(session.begun(Routes), args),
        Measure::Latency(args) => latency::run(session.begun(Latency), args),
        Measure::Cpu(args) => cpu::run(session.begun(Cpu), args),
        Measure::Connections(args) => connections::run(session.begun(Connections), args),
        Measure::Parking(args) => parking::run(session.begun(Parking), args),
        Measure::Files(args) => files::run(session.begun(Files), args),
        Measure::Start(args) => start::run(session.begun(Start), args),
        Measure::Websocket(args) => websocket::run(session.begun(Websocket), args),
        Measure::C10m(args) => c10m::run(session.begun(C10m), args),
        Measure::All(args) => all(session, args),
    }
}

fn all(session: &mut Session<'_>, args: &AllArgs) -> Outcome {
    args.each(session.counter.is_some()).iter().try_for_each(|one| measure(session, one))
}
