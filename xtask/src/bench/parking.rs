//! What parking costs: a busy connection, which never parks, one that does between any two requests, and
//! what of that it is to wake.

use std::{path::Path, time::Duration};

use super::{
    callgrind,
    counters::Counters,
    generator::{Load, Pace},
    instructions::Counter,
    limits::Cores,
    metric::Metric,
    options::LoadArgs,
    running::Running,
    server::{self, HIGHPER, Server},
    session::Session,
    throughput::{self, load_once, warm_up},
    waking,
    workload::Workload,
};
use crate::Outcome;

/// The least that the server allows: it parks after this to twice this.
const QUIET_SECONDS: &str = "0.01";

/// Longer than it takes to park, also under callgrind.
const PAUSE: Duration = Duration::from_millis(100);

/// By hardware counters; callgrind has its own numbers.
const PAUSING_REQUESTS: u64 = 10_000;

const ON: &str = "highper, parking on";
const OFF: &str = "highper, parking off";
const PAUSING: &str = "plaintext, pausing";
const WAKING: &str = "plaintext, waking";

/// Measures our server with and without parking, busy and with pauses.
///
/// # Errors
///
/// Nothing counts instructions here: without them there is nothing to see.
pub(super) fn run(session: &mut Session<'_>, args: &LoadArgs) -> Outcome {
    let Some(counter) = session.counter else {
        return Err("parking is measured in instructions, which nothing counts here".into());
    };
    let server = |name, parking| Server::highper_with(session.workspace, name, "PARKING", parking);
    let (off, on) = (server(OFF, "off"), server(ON, "on"));
    throughput::measure(session, args, &[off.clone(), on.clone()], &[], &[Workload::Plaintext])?;
    let mut quick = on.clone();
    quick.environment.push(("QUIET_TIME".into(), QUIET_SECONDS.into()));
    pausing(session, args, counter, &[off, quick])?;
    waking(session, args, counter, &on)?;
    compare(session);
    Ok(())
}

/// Every request finds its connection at rest, parked or not.
fn pausing(
    session: &mut Session<'_>,
    args: &LoadArgs,
    counter: Counter,
    servers: &[Server],
) -> Outcome {
    let rounds = callgrind::rounds(args);
    let steps = u64::from(rounds) * servers.len() as u64;
    let connections = args.timed.connections;
    let cores = session.prepare(false, &[], connections, steps)?;
    let generator = server::generator(session.workspace);
    let load = |requests| {
        let pace = Pace::Pausing { requests, pause: PAUSE };
        Load { workload: Workload::Plaintext, connections, pace }
    };
    for _ in 0..rounds {
        for server in servers {
            let value = session.step(&server.name, PAUSING, |session| {
                let logs = session.logs();
                match counter {
                    Counter::Callgrind => {
                        callgrind::per_request(server, cores, &logs, &generator, load)
                            .map(|cost| cost.instructions)
                    }
                    Counter::Hardware => by_hardware(server, cores, &logs, &generator, load),
                }
            });
            session.samples.add(Metric::UserInstructions, PAUSING, &server.name, value);
        }
    }
    Ok(())
}

/// A connection that is woken, against the same one while it is hot.
fn waking(
    session: &mut Session<'_>,
    args: &LoadArgs,
    counter: Counter,
    server: &Server,
) -> Outcome {
    let rounds = callgrind::rounds(args);
    let cores = session.prepare(false, &[], args.timed.connections, u64::from(rounds))?;
    for _ in 0..rounds {
        let value = session.step(&server.name, WAKING, |session| {
            waking::measure(server, counter, cores, &session.logs())
        });
        session.samples.add(Metric::WakeInstructions, WAKING, HIGHPER, value);
    }
    Ok(())
}

fn by_hardware(
    server: &Server,
    cores: Cores,
    logs: &Path,
    generator: &Path,
    load: impl Fn(u64) -> Load,
) -> Outcome<f64> {
    let mut running = Running::start(server, cores, logs)?;
    let load = load(PAUSING_REQUESTS);
    warm_up(&mut running, generator, &load)?;
    let mut counters = Counters::open(running.watched())?;
    let report = load_once(&mut running, generator, &load)?.report;
    Ok(counters.read()?.user / report.answers as f64)
}

/// Parking on against off, round by round.
fn compare(session: &mut Session<'_>) {
    let values =
        |workload, server| session.samples.values(Metric::UserInstructions, workload, server);
    let pairs = |workload| values(workload, OFF).iter().zip(values(workload, ON));
    let busy = Workload::Plaintext.name();
    let ratios: Vec<f64> = pairs(busy).map(|(off, on)| on / off).collect();
    let costs: Vec<f64> = pairs(PAUSING).map(|(off, on)| on - off).collect();
    for ratio in ratios {
        session.samples.add(Metric::ParkingRatio, busy, HIGHPER, Some(ratio));
    }
    for cost in costs {
        session.samples.add(Metric::ParkInstructions, PAUSING, HIGHPER, Some(cost));
    }
}
