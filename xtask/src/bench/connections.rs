//! What idle connections take from the busy ones.

use super::{
    generator::{Holding, Load, Pace},
    memory::IdleKind,
    metric::{Metric, thousands},
    options::ConnectionsArgs,
    session::Session,
    sweep::{Level, Target, sweep},
    throughput::{load_once, warm_up},
    workload::Workload,
};
use crate::Outcome;

/// What one process and its clients have come to in a round.
#[derive(Default)]
struct State {
    held: Vec<Holding>,
    idle: u32,
    /// Requests per second beside no idle connection.
    alone: Option<f64>,
}

/// Measures busy connections alone, then beside more and more that are idle after one request.
pub(super) fn run(session: &mut Session<'_>, args: &ConnectionsArgs) -> Outcome {
    let mut idle = args.idle.clone();
    // None is what all others are compared with.
    idle.push(0);
    idle.sort_unstable();
    idle.dedup();
    let level = |idle: &u32| Level {
        at: Some(f64::from(*idle)),
        name: format!("{} idle", thousands(f64::from(*idle))),
    };
    let levels: Vec<Level> = idle.iter().map(level).collect();
    let (connections, seconds) = (args.load.connections, f64::from(args.load.seconds));
    let most = connections + idle.last().copied().unwrap_or(0);
    let load = Load { workload: Workload::Plaintext, connections, pace: Pace::Seconds(seconds) };
    sweep(session, &args.load, &args.peers, &levels, most, |state: &mut State, target, level| {
        let idle = level.at.unwrap_or_default() as u32;
        state.hold(target, idle)?;
        warm_up(&mut target.running, &target.generator, &load)?;
        let report = load_once(&mut target.running, &target.generator, &load)?.report;
        let alone = *state.alone.get_or_insert(report.requests_per_second);
        let figures = vec![
            (Metric::RequestsBesideIdle, report.requests_per_second),
            (Metric::RatioBesideIdle, report.requests_per_second / alone),
            (Metric::LatencyP50BesideIdle, report.latency.p50_us),
            (Metric::LatencyP99BesideIdle, report.latency.p99_us),
        ];
        // The last of the levels: what was held must have been left alone all the time.
        if idle + connections == most {
            state.release()?;
        }
        Ok(figures)
    })
}

impl State {
    /// Opens as many more as are missing.
    fn hold(&mut self, target: &Target, idle: u32) -> Outcome {
        if idle > self.idle {
            let (generator, address) = (&target.generator, target.running.address);
            let more = idle - self.idle;
            self.held.push(Holding::open(generator, address, IdleKind::Keepalive, more)?);
            self.idle = idle;
        }
        Ok(())
    }

    fn release(&mut self) -> Outcome {
        let mut disturbed = 0;
        for held in self.held.drain(..) {
            disturbed += held.release()?;
        }
        if disturbed == 0 {
            return Ok(());
        }
        let sentence = format!("closed or wrote to {disturbed} of {} idle connections", self.idle);
        Err(format!("{sentence}; use fewer `--seconds`, or raise its idle time-out").into())
    }
}
