//! What a path parameter costs Highper when there are many routes.

use std::process::{Command, Stdio};

use serde::Deserialize;

use super::{
    metric::Metric, options::LoadArgs, server::HIGHPER, server::Server, session::Session,
    throughput, workload::Workload,
};
use crate::{Outcome, process};

const FEW: u32 = 10;
const MANY: u32 = 1_000;

/// What our server prints instead of serving when `LOOKUP` is set.
#[derive(Deserialize)]
struct Lookup {
    instructions_per_lookup: Option<f64>,
    /// Stands in where the machine counts no instructions.
    nanoseconds_per_lookup: Option<f64>,
}

/// Measures whole requests with few and many routes, then the router's lookup by itself.
pub(super) fn run(session: &mut Session<'_>, args: &LoadArgs) -> Outcome {
    let server = |name, count| Server::highper_with(session.workspace, name, "ROUTES", count);
    let servers = [server("highper, 10 routes", FEW), server("highper, 1,000 routes", MANY)];
    throughput::measure(session, args, &servers, &[], &[Workload::Param])?;
    let workload = Workload::Param.name();
    for _ in 0..args.common.rounds {
        let ratio = session.step(HIGHPER, workload, |_| lookup_ratio(&servers));
        session.samples.add(Metric::LookupRatio, workload, HIGHPER, ratio);
    }
    Ok(())
}

fn lookup_ratio([few, many]: &[Server; 2]) -> Outcome<f64> {
    let (few, many) = (look_up(few)?, look_up(many)?);
    let instructions = many.instructions_per_lookup.zip(few.instructions_per_lookup);
    let times = many.nanoseconds_per_lookup.zip(few.nanoseconds_per_lookup);
    let (many, few) = instructions.or(times).ok_or("LOOKUP=1 printed no figure")?;
    Ok(many / few)
}

fn look_up(server: &Server) -> Outcome<Lookup> {
    let mut command = Command::new(&server.program);
    command.env("LOOKUP", "1").envs(server.environment.iter().map(|(name, value)| (name, value)));
    let said = process::listen(command.stdin(Stdio::null()))?;
    if !said.success {
        return Err(format!("LOOKUP=1 failed: {}", said.stderr.trim()).into());
    }
    serde_json::from_str(&said.stdout)
        .map_err(|error| format!("LOOKUP=1 printed {:?}: {error}", said.stdout).into())
}
