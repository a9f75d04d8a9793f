//! `bench`: what Highper costs, beside its peers, on this machine.
//!
//! `benches/README.md` explains what is measured and how; this module starts the programs there,
//! pins them, watches them from outside and sums up. It measures Highper as a user writes it: the
//! server in `benches/server` is an ordinary application.

mod c10m;
mod callgrind;
mod counters;
mod generator;
mod instructions;
mod limits;
mod machine;
mod meminfo;
mod memory;
mod metric;
mod middleware;
mod options;
mod procfs;
mod report;
mod routes;
mod running;
mod samples;
mod server;
mod session;
mod throughput;
mod workload;

use crate::{Outcome, workspace::Workspace};

use self::{
    options::{Measure, MemoryArgs},
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
    let counter = match &args.measure {
        Measure::Throughput(args) | Measure::All(args) => args.load.instructions.choose()?,
        Measure::Middleware(args) | Measure::Routes(args) => args.instructions.choose()?,
        Measure::Memory(_) | Measure::C10m(_) => None,
    };
    let mut session = Session::begin(workspace, counter);
    let output = match &args.measure {
        Measure::Throughput(args) => {
            throughput::run(&mut session, args)?;
            &args.load.common.output
        }
        Measure::Memory(args) => {
            memory::run(&mut session, args)?;
            &args.common.output
        }
        Measure::Middleware(args) => {
            middleware::run(&mut session, args)?;
            &args.common.output
        }
        Measure::Routes(args) => {
            routes::run(&mut session, args)?;
            &args.common.output
        }
        Measure::C10m(args) => {
            c10m::run(&mut session, args)?;
            &args.output
        }
        Measure::All(args) => {
            throughput::run(&mut session, args)?;
            middleware::run(&mut session, &args.load)?;
            routes::run(&mut session, &args.load)?;
            memory::run(&mut session, &MemoryArgs::beside(args))?;
            &args.load.common.output
        }
    };
    session.end(output)
}
