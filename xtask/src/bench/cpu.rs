//! What a server's core does at a part of the load that it can bear.

use super::{
    generator::{Load, Pace},
    metric::Metric,
    options::LineArgs,
    session::Session,
    sweep::{Level, sweep},
    throughput::{Loaded, load_once, warm_up},
    workload::Workload,
};
use crate::Outcome;

/// Parts of the peak, in percent.
const PERCENTS: [u32; 6] = [10, 25, 50, 75, 90, 100];

/// Finds each server's peak by a closed loop, round by round, then sends parts of it.
pub(super) fn run(session: &mut Session<'_>, args: &LineArgs) -> Outcome {
    let part = |percent: u32| {
        let at = Some(f64::from(percent));
        Level { at, name: format!("{percent}% of its peak") }
    };
    let peak = Level { at: None, name: Workload::Plaintext.name().into() };
    let levels: Vec<Level> = std::iter::once(peak).chain(PERCENTS.map(part)).collect();
    let (connections, seconds) = (args.load.connections, f64::from(args.load.seconds));
    let load = |pace| Load { workload: Workload::Plaintext, connections, pace };
    sweep(
        session,
        &args.load,
        &args.peers,
        &levels,
        connections,
        |peak: &mut Option<f64>, target, level| {
            let Some(percent) = level.at else {
                let load = load(Pace::Seconds(seconds));
                warm_up(&mut target.running, &target.generator, &load)?;
                let report = load_once(&mut target.running, &target.generator, &load)?.report;
                *peak = Some(report.requests_per_second);
                return Ok(vec![(Metric::PeakRequests, report.requests_per_second)]);
            };
            let peak = peak.ok_or("the server's peak is not known")?;
            let per_second = ((peak * percent / 100.0) as u64).max(1);
            let load = load(Pace::Rate { per_second, seconds });
            let Loaded { report, cpu_ns } =
                load_once(&mut target.running, &target.generator, &load)?;
            Ok(vec![
                (Metric::CpuUtilisation, cpu_ns as f64 / report.seconds / 1e7),
                (Metric::CpuTimeAtLoad, cpu_ns as f64 / report.answers as f64),
            ])
        },
    )
}
