//! Starting `highper-load` and reading what it reports.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::SocketAddr,
    path::Path,
    process::{ChildStdout, Command, Stdio},
    time::Duration,
};

use highper_load::{HeldReport, LoadReport, ReleasedReport, TalkCommand, TalkReport};
use serde::de::DeserializeOwned;

use super::{memory::IdleKind, options::Talking, running::Guarded, workload::Workload};
use crate::Outcome;

/// One run of requests.
#[derive(Clone, Copy)]
pub(super) struct Load {
    pub(super) workload: Workload,
    pub(super) connections: u32,
    pub(super) pace: Pace,
}

/// When requests are sent, and when a run is over.
#[derive(Clone, Copy)]
pub(super) enum Pace {
    /// A closed loop for so long.
    Seconds(f64),
    /// A closed loop of so many requests.
    Requests(u64),
    /// So many requests, with a pause before the next on each connection.
    Pausing { requests: u64, pause: Duration },
    /// A fixed rate for so long.
    Rate { per_second: u64, seconds: f64 },
}

impl Pace {
    /// How many requests there must be; none where time decides.
    fn requests(self) -> Option<u64> {
        match self {
            Self::Requests(requests) | Self::Pausing { requests, .. } => Some(requests),
            Self::Seconds(_) | Self::Rate { .. } => None,
        }
    }

    fn prepare(self, command: &mut Command) {
        let seconds = match self {
            Self::Seconds(seconds) | Self::Rate { seconds, .. } => seconds,
            Self::Requests(_) | Self::Pausing { .. } => COUNTED_LIMIT_SECONDS,
        };
        command.args(["--seconds", &seconds.to_string()]);
        if let Some(requests) = self.requests() {
            command.args(["--requests", &requests.to_string()]);
        }
        match self {
            Self::Pausing { pause, .. } => {
                command.args(["--pause-ms", &pause.as_millis().to_string()]);
            }
            Self::Rate { per_second, .. } => {
                command.args(["--rate", &per_second.to_string()]);
            }
            Self::Seconds(_) | Self::Requests(_) => {}
        }
    }
}

/// How long a number of requests may take; those that are not sent by then are missing.
const COUNTED_LIMIT_SECONDS: f64 = 120.0;

/// Loads a server to the end of the run.
///
/// # Errors
///
/// The generator fails, or an answer is missing or not 2xx.
pub(super) fn run(program: &Path, address: SocketAddr, load: &Load) -> Outcome<LoadReport> {
    let Load { workload, connections, pace } = *load;
    let mut generator = Generator::spawn(program, |command| {
        command.arg("run").args(["--address", &address.to_string(), "--path", workload.path()]);
        command.args(["--fields", workload.fields().name()]);
        command.args(["--connections", &connections.to_string()]);
        command.args(["--pipeline", &workload.pipeline().to_string()]);
        pace.prepare(command);
    })?;
    let report: LoadReport = generator.report()?;
    let LoadReport { answers, not_2xx, lost, .. } = report;
    if answers == 0 || not_2xx > 0 || lost > 0 {
        let counts = format!("{answers} answers, {not_2xx} of them not 2xx, and {lost} missing");
        return Err(format!("answered wrongly under load: {counts}").into());
    }
    match pace.requests() {
        Some(requests) if answers != requests => {
            let limit = COUNTED_LIMIT_SECONDS;
            Err(format!("only {answers} of {requests} requests were answered in {limit} s").into())
        }
        _ => Ok(report),
    }
}

/// Connections that stand until [`release`](Self::release), or until dropped.
pub(super) struct Holding(Generator);

impl Holding {
    /// Opens connections.
    ///
    /// # Errors
    ///
    /// One of them cannot be opened, or its one request is not answered.
    pub(super) fn open(
        program: &Path,
        address: SocketAddr,
        kind: IdleKind,
        connections: u32,
    ) -> Outcome<Self> {
        let mut generator = Generator::spawn(program, |command| {
            command.arg("hold").args(["--address", &address.to_string(), "--kind", kind.name()]);
            command.args(["--connections", &connections.to_string(), "--path", kind.path()]);
        })?;
        let HeldReport { .. } = generator.report()?;
        Ok(Self(generator))
    }

    /// Closes the connections; says how many the server had not left alone.
    pub(super) fn release(mut self) -> Outcome<usize> {
        if let Some(mut input) = self.0.process.0.stdin.take() {
            input.write_all(b"\n")?;
        }
        let ReleasedReport { disturbed } = self.0.report()?;
        Ok(disturbed)
    }
}

/// Open WebSockets, until dropped.
pub(super) struct Talk(Generator);

impl Talk {
    /// Opens so many.
    ///
    /// # Errors
    ///
    /// One of them cannot be opened.
    pub(super) fn open(
        program: &Path,
        address: SocketAddr,
        talking: Talking,
        clients: u32,
    ) -> Outcome<Self> {
        let mut generator = Generator::spawn(program, |command| {
            command.args(["talk", "--address", &address.to_string(), "--path", talking.path()]);
            command.args(["--traffic", talking.name(), "--connections", &clients.to_string()]);
        })?;
        let HeldReport { .. } = generator.report()?;
        Ok(Self(generator))
    }

    /// Has so much said.
    ///
    /// # Errors
    ///
    /// Something else came back, or not all.
    pub(super) fn say(&mut self, command: TalkCommand) -> Outcome<TalkReport> {
        if let Some(input) = &mut self.0.process.0.stdin {
            writeln!(input, "{}", serde_json::to_string(&command)?)?;
        }
        self.0.report()
    }
}

/// A generator at work.
pub(super) struct Generator {
    pub(super) process: Guarded,
    pub(super) output: BufReader<ChildStdout>,
}

impl Generator {
    /// Starts it with its input, output and errors at hand.
    pub(super) fn spawn(program: &Path, arguments: impl FnOnce(&mut Command)) -> Outcome<Self> {
        let mut process = Guarded::spawn(&[], program, |command| {
            arguments(command);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        })?;
        let output = process.0.stdout.take().ok_or("the generator has no output")?;
        Ok(Self { process, output: BufReader::new(output) })
    }

    /// Waits for the next report; the generator bounds how long each takes.
    fn report<R: DeserializeOwned>(&mut self) -> Outcome<R> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        if !line.is_empty() {
            return Ok(serde_json::from_str(&line)?);
        }
        let mut errors = String::new();
        if let Some(stderr) = &mut self.process.0.stderr {
            stderr.read_to_string(&mut errors)?;
        }
        Err(format!("the load generator failed: {}", errors.trim()).into())
    }
}
