//! What a middleware that does nothing adds to a request of Highper.

use super::{
    metric::Metric, options::LoadArgs, server::Server, session::Session, throughput,
    workload::Workload,
};
use crate::Outcome;

/// So many that the difference stands out from the noise.
const MIDDLEWARE: u32 = 10;

/// Measures our server without and with them, and what each adds.
pub(super) fn run(session: &mut Session<'_>, args: &LoadArgs) -> Outcome {
    let server = |name, count: u32| {
        Server::highper_with(session.workspace, name, "MIDDLEWARE", &count.to_string())
    };
    let (without, with) = ("highper, no middleware", "highper, 10 middleware");
    let servers = [server(without, 0), server(with, MIDDLEWARE)];
    throughput::measure(session, args, &servers, &[], &[Workload::Plaintext])?;
    let name = Workload::Plaintext.name();
    let values = |server| session.samples.values(Metric::UserInstructions, name, server);
    let added: Vec<f64> = values(without)
        .iter()
        .zip(values(with))
        .map(|(without, with)| (with - without) / f64::from(MIDDLEWARE))
        .collect();
    for value in added {
        session.samples.add(Metric::MiddlewareInstructions, name, "highper", Some(value));
    }
    Ok(())
}
