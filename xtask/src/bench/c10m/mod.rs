//! As many connections as the machine can hold, all open at once, and then woken.

mod client;
mod fleet;
mod netstat;
mod plan;
mod summary;
mod tuning;
mod watch;

use std::{
    thread,
    time::{Duration, Instant},
};

use highper_load::{CrowdCommand, CrowdProgress};
use indicatif::ProgressBar;

use self::{
    fleet::{Fleet, Place, Taken},
    summary::Crowded,
    tuning::Tuning,
    watch::Watch,
};
use super::{
    limits, meminfo::MemInfo, options::C10mArgs, server, server::Server, session::Session,
};
use crate::{Outcome, console};

/// Requests in flight while connections are woken, over all clients: as the other measurements.
const WOKEN_AT_ONCE: u32 = 64;

/// The server's time-outs, in seconds: longer than anybody waits for a million connections.
const IDLE_TIMEOUT: &str = "86400";

/// Opens, holds and wakes the connections of Highper.
///
/// # Errors
///
/// They do not fit, the kernel's limits cannot be raised, a process fails, or the run is
/// interrupted. Connections that are merely lost are figures, and fail the measurement at its end.
pub(super) fn run(session: &mut Session<'_>, args: &C10mArgs) -> Outcome {
    let open_files = limits::raise_open_files()?;
    let pairs = plan::split(args.connections, open_files)?;
    plan::check_memory(args.connections, args.bytes_each, MemInfo::read()?.available)?;
    let cores = session.prepare(!args.output.no_build, &[], 0, 0)?;
    let most = pairs.iter().max().copied().unwrap_or(0);
    let server = server(session, most, &args.setting);
    let place = Place {
        server: &server,
        generator: server::generator(session.workspace),
        cores,
        logs: &session.logs(),
        speaks_websocket: args.websocket,
    };
    let watch = Watch::begin()?;
    let _tuning = Tuning::raise(args.connections, args.at_once)?;
    let mut fleet = Fleet::start(&place, &pairs, &watch)?;
    let crowded = measure(&mut fleet, args, &watch)?;
    crowded.add_to(session, &server.name)
}

fn server(session: &Session<'_>, connections: u32, settings: &[(String, String)]) -> Server {
    let mut server = Server::highper(session.workspace);
    let mut set = |name: &str, value: &str| {
        server.environment.push((name.to_owned(), value.to_owned()));
    };
    set("IDLE_TIMEOUT", IDLE_TIMEOUT);
    // A few more for the checks before: none of these may wait for a place.
    set("MAX_CONNECTIONS", &(connections + 100).to_string());
    for (name, value) in settings {
        set(name, value);
    }
    server
}

fn measure(fleet: &mut Fleet, args: &C10mArgs, watch: &Watch) -> Outcome<Crowded> {
    let bars = Bars::new(args);
    let mut crowded = Crowded::default();
    let (before, drops) = (Moment::now(fleet)?, netstat::dropped_connects());
    let at_once = plan::at_once(args.at_once, fleet.size());
    let started = Instant::now();
    let opened = fleet.command(CrowdCommand::Open { at_once }, watch, |made| bars.opening(made))?;
    crowded.open_seconds = started.elapsed().as_secs_f64();
    crowded.count(&opened);
    settle(args.settle, watch)?;
    let at_rest = Moment::now(fleet)?;
    if args.wake > 0.0 {
        let at_once = plan::at_once(WOKEN_AT_ONCE, fleet.size());
        let command = CrowdCommand::Wake { share: args.wake, at_once };
        crowded.count(&fleet.command(command, watch, |made| bars.waking(made))?);
        settle(args.settle, watch)?;
    }
    let after = fleet.taken()?;
    crowded.count(&fleet.command(CrowdCommand::Release, watch, |_| {})?);
    crowded.dropped = netstat::dropped_connects().zip(drops).map_or(0, |(now, then)| now - then);
    crowded.user_bytes = at_rest.taken.user_bytes.saturating_sub(before.taken.user_bytes);
    crowded.kernel_bytes = at_rest.kernel_bytes.saturating_sub(before.kernel_bytes);
    crowded.open_cpu_ns = at_rest.taken.cpu_ns.saturating_sub(before.taken.cpu_ns);
    crowded.wake_cpu_ns = after.cpu_ns.saturating_sub(at_rest.taken.cpu_ns);
    Ok(crowded)
}

/// What is taken at one moment.
struct Moment {
    taken: Taken,
    kernel_bytes: u64,
}

impl Moment {
    fn now(fleet: &Fleet) -> Outcome<Self> {
        Ok(Self { taken: fleet.taken()?, kernel_bytes: MemInfo::read_without_caches()?.kernel() })
    }
}

/// Lets the servers come to rest.
fn settle(seconds: u32, watch: &Watch) -> Outcome {
    let (started, seconds) = (Instant::now(), Duration::from_secs(seconds.into()));
    while started.elapsed() < seconds {
        thread::sleep(Duration::from_millis(250).min(seconds - started.elapsed()));
        watch.check()?;
    }
    Ok(())
}

/// How far the crowd has come.
struct Bars {
    opened: ProgressBar,
    answered: ProgressBar,
    woken: ProgressBar,
}

impl Bars {
    fn new(args: &C10mArgs) -> Self {
        let all = u64::from(args.connections);
        let woken = (f64::from(args.connections) * args.wake).round() as u64;
        let [opened, answered, woken] =
            console::progress_bars([("opening", all), ("answered", all), ("woken", woken)]);
        Self { opened, answered, woken }
    }

    fn opening(&self, made: CrowdProgress) {
        self.opened.set_position(made.opened as u64);
        self.answered.set_position(made.answered as u64);
    }

    fn waking(&self, made: CrowdProgress) {
        self.woken.set_position(made.answered as u64);
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        for bar in [&self.opened, &self.answered, &self.woken] {
            bar.finish_and_clear();
        }
    }
}
