//! Messages of WebSockets: what they cost a server that echoes each, or sends one to all.

use std::path::Path;

use highper_load::{TalkCommand, TalkReport};

use super::{
    callgrind,
    counters::{Counters, Instructions},
    generator::Talk,
    instructions::Counter,
    limits::Cores,
    metric::Metric,
    options::{Talking, WebsocketArgs},
    running::Running,
    server::{self, Server},
    session::Session,
};
use crate::Outcome;

/// As for requests.
const WARM_UP_SECONDS: f64 = 0.5;

/// What valgrind counts, at least: a message to all is delivered to so many more.
const COUNTED: u64 = 20_000;

/// How often, at least, a message is sent to all or by each before it counts.
const WARM_UP: u64 = 2;

/// Measures Highper and the wanted peers, in rounds over all of them.
pub(super) fn run(session: &mut Session<'_>, args: &WebsocketArgs) -> Outcome {
    let (timed, peers) = (&args.load.timed, &args.peers.0);
    let servers = Server::list(session.workspace, peers);
    let by_callgrind = session.counter == Some(Counter::Callgrind);
    let counted_rounds = if by_callgrind { callgrind::rounds(&args.load) } else { 0 };
    let steps = u64::from(timed.common.rounds + counted_rounds)
        * (servers.len() * args.workload.len()) as u64;
    let most = args.workload.iter().map(|talking| args.clients(*talking)).max().unwrap_or(0);
    let cores = session.prepare(!timed.common.output.no_build, peers, most, steps)?;
    for _ in 0..timed.common.rounds {
        for server in &servers {
            for talking in &args.workload {
                let figures = session.step(&server.name, talking.name(), |session| {
                    let running = Running::start(server, cores, &session.logs())?;
                    measure_one(session, running, *talking, args)
                });
                for (metric, value) in figures.unwrap_or_default() {
                    session.samples.add(metric, talking.name(), &server.name, value);
                }
            }
        }
    }
    if by_callgrind {
        count(session, args, cores, &servers);
    }
    Ok(())
}

/// A process for each figure: what it holds of closed connections is not the next one's.
fn measure_one(
    session: &Session<'_>,
    mut running: Running,
    talking: Talking,
    args: &WebsocketArgs,
) -> Outcome<Vec<(Metric, Option<f64>)>> {
    let generator = server::generator(session.workspace);
    let mut talk = Talk::open(&generator, running.address, talking, args.clients(talking))?;
    talk.say(TalkCommand::Seconds(WARM_UP_SECONDS))?;
    let watched = running.watched();
    let counting = session.counter == Some(Counter::Hardware);
    let mut counters = counting.then(|| Counters::open(running.watched())).transpose()?;
    let before = watched.cpu_ns()?;
    let report = talk.say(TalkCommand::Seconds(args.load.timed.seconds.into()));
    running.check_alive()?;
    let TalkReport { messages, seconds, latency } = report?;
    let cpu_ns = watched.cpu_ns()?.saturating_sub(before);
    let instructions = counters.as_mut().map(Counters::read).transpose()?;
    let each = |total: f64| total / messages as f64;
    let user = instructions.map(|Instructions { user, .. }| each(user));
    let kernel = instructions.and_then(|counted| counted.kernel).map(each);
    Ok(vec![
        (Metric::MessageInstructions, user),
        (Metric::KernelMessageInstructions, kernel),
        (Metric::MessageCpuTime, Some(each(cpu_ns as f64))),
        (Metric::Messages, Some(messages as f64 / seconds)),
        (Metric::MessageLatencyP50, Some(latency.p50_us)),
        (Metric::MessageLatencyP99, Some(latency.p99_us)),
    ])
}

/// Counts by callgrind, in rounds.
fn count(session: &mut Session<'_>, args: &WebsocketArgs, cores: Cores, servers: &[Server]) {
    let generator = server::generator(session.workspace);
    for _ in 0..callgrind::rounds(&args.load) {
        for server in servers {
            for talking in &args.workload {
                let clients = args.clients(*talking);
                let value = session.step(&server.name, talking.name(), |session| {
                    per_message(server, cores, &session.logs(), &generator, *talking, clients)
                });
                let name = talking.name();
                session.samples.add(Metric::MessageInstructions, name, &server.name, value);
            }
        }
    }
}

/// Both runs open as many connections; one of them has so many messages more come back.
fn per_message(
    server: &Server,
    cores: Cores,
    logs: &Path,
    generator: &Path,
    talking: Talking,
    clients: u32,
) -> Outcome<f64> {
    let say = |address, messages| {
        let mut talk = Talk::open(generator, address, talking, clients)?;
        talk.say(TalkCommand::Messages(messages)).map(drop)
    };
    let all = u64::from(clients);
    // Whole messages to all: the generator sends no part of one.
    let counted = COUNTED.next_multiple_of(all);
    let profile = callgrind::per_unit(server, cores, logs, WARM_UP * all, counted, say)?;
    Ok(profile.instructions)
}
