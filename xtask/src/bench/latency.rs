//! How long an answer takes while requests come at a fixed rate.

use super::{
    generator::{Load, Pace},
    metric::{Metric, thousands},
    options::LatencyArgs,
    session::Session,
    sweep::{Level, sweep},
    throughput::{load_once, warm_up},
};
use crate::Outcome;

/// Measures Highper and the wanted peers, the lowest rate first.
pub(super) fn run(session: &mut Session<'_>, args: &LatencyArgs) -> Outcome {
    let mut rates = args.rate.clone();
    rates.sort_unstable();
    rates.dedup();
    let level = |rate: &u64| {
        let name = format!("{}, {}/s", args.workload.name(), thousands(*rate as f64));
        Level { at: Some(*rate as f64), name }
    };
    let levels: Vec<Level> = rates.iter().map(level).collect();
    let (connections, seconds) = (args.load.connections, args.load.seconds.into());
    sweep(
        session,
        &args.load,
        &args.peers,
        &levels,
        connections,
        |warm: &mut bool, target, level| {
            let pace = Pace::Rate { per_second: level.at.unwrap_or_default() as u64, seconds };
            let load = Load { workload: args.workload, connections, pace };
            if !*warm {
                warm_up(&mut target.running, &target.generator, &load)?;
                *warm = true;
            }
            let latency = load_once(&mut target.running, &target.generator, &load)?.report.latency;
            Ok(vec![
                (Metric::LatencyP50, latency.p50_us),
                (Metric::LatencyP90, latency.p90_us),
                (Metric::LatencyP99, latency.p99_us),
                (Metric::LatencyP999, latency.p999_us),
                (Metric::LatencyMax, latency.max_us),
            ])
        },
    )
}
