//! What a path parameter costs Highper when there are many routes.

use std::process::{Command, Stdio};

use serde::Deserialize;

use super::{
    callgrind, instructions::Counter, metric::Metric, options::LoadArgs, server::HIGHPER,
    server::Server, session::Session, throughput, workload::Workload,
};
use crate::{Outcome, process};

const FEW: u32 = 10;
const MANY: u32 = 1_000;

/// What our server prints instead of serving when `LOOKUP` is set.
#[derive(Deserialize)]
struct Lookup {
    nanoseconds_per_lookup: f64,
}

/// Measures whole requests with few and many routes, then the router's lookup by itself.
pub(super) fn run(session: &mut Session<'_>, args: &LoadArgs) -> Outcome {
    let server = |name, count: u32| {
        Server::highper_with(session.workspace, name, "ROUTES", &count.to_string())
    };
    let servers = [server("highper, 10 routes", FEW), server("highper, 1,000 routes", MANY)];
    throughput::measure(session, args, &servers, &[], &[Workload::Param])?;
    let workload = Workload::Param.name();
    let by_callgrind = session.counter == Some(Counter::Callgrind);
    let rounds = if by_callgrind { callgrind::rounds(args) } else { args.timed.common.rounds };
    for _ in 0..rounds {
        let ratio = session.step(HIGHPER, workload, |session| {
            let logs = session.logs();
            let lookup = |server| {
                if by_callgrind { callgrind::per_lookup(server, &logs) } else { look_up(server) }
            };
            let [few, many] = &servers;
            Ok(lookup(many)? / lookup(few)?)
        });
        session.samples.add(Metric::LookupRatio, workload, HIGHPER, ratio);
    }
    Ok(())
}

/// In nanoseconds: hardware counters cannot tell the lookups from the start of the program.
fn look_up(server: &Server) -> Outcome<f64> {
    let mut command = Command::new(&server.program);
    command.env_remove("CALLS").env("LOOKUP", "1");
    command.envs(server.environment.iter().map(|(name, value)| (name, value)));
    let said = process::listen(command.stdin(Stdio::null()))?;
    if !said.success {
        return Err(format!("LOOKUP=1 failed: {}", said.stderr.trim()).into());
    }
    let Lookup { nanoseconds_per_lookup } = serde_json::from_str(&said.stdout)
        .map_err(|error| format!("LOOKUP=1 printed {:?}: {error}", said.stdout))?;
    Ok(nanoseconds_per_lookup)
}
