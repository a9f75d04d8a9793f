//! Instructions counted by valgrind's callgrind, for machines without hardware counters; and allocations.
//!
//! It counts from a program's start to its end. What one request costs is therefore the difference
//! of two runs, each in a process of its own, of which one answers so many requests more.

use std::{
    fs,
    io::ErrorKind,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{
    generator::{self, Load, Pace},
    limits::Cores,
    metric::Metric,
    options::LoadArgs,
    profile::Profile,
    running::Running,
    server::{self, Server},
    session::Session,
    workload::Workload,
};
use crate::{Outcome, process};

const VALGRIND: &str = "valgrind";

/// Comes with it.
const CONTROL: &str = "callgrind_control";

/// Keeps glibc from `rep stosb` and `rep movsb`: callgrind counts each byte of them as an
/// instruction, the processor all of them as one. Its vector loops count the same in both.
const TUNABLES: (&str, &str) = ("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-ERMS");

/// What both runs do, at least: buffers and tables grow.
const WARM_UP: u64 = 2_000;

/// What one of the two does beyond that. With these the figures repeat within half a percent.
const COUNTED: u64 = 10_000;

/// Lookups are shorter than requests, so there are more of them.
const WARM_UP_LOOKUPS: u64 = 20_000;
const COUNTED_LOOKUPS: u64 = 100_000;

/// More would show the same again.
const MAX_ROUNDS: u32 = 3;

/// # Errors
///
/// There is no valgrind; says how to get it.
pub(super) fn check_installed() -> Outcome {
    if process::on_path(VALGRIND) {
        return Ok(());
    }
    Err("`--instructions callgrind` needs valgrind: `apt-get install valgrind`".into())
}

/// How many rounds are counted.
pub(super) fn rounds(args: &LoadArgs) -> u32 {
    args.timed.common.rounds.min(MAX_ROUNDS)
}

/// Counts the instructions and the allocations of a request for every server and workload, in rounds.
pub(super) fn measure(
    session: &mut Session<'_>,
    args: &LoadArgs,
    cores: Cores,
    servers: &[Server],
    workloads: &[Workload],
) {
    let generator = server::generator(session.workspace);
    for _ in 0..rounds(args) {
        for server in servers {
            for workload in workloads {
                let name = workload.name();
                let value = session.step(&server.name, name, |session| {
                    let logs = session.logs();
                    let (workload, connections) = (*workload, args.timed.connections);
                    let load =
                        |requests| Load { workload, connections, pace: Pace::Requests(requests) };
                    per_request(server, cores, &logs, &generator, load)
                });
                let (instructions, allocations) =
                    value.map(|cost| (cost.instructions, cost.allocations)).unzip();
                for (metric, value) in
                    [(Metric::UserInstructions, instructions), (Metric::Allocations, allocations)]
                {
                    session.samples.add(metric, name, &server.name, value);
                }
            }
        }
    }
}

/// What a request costs, by runs that send as many as they are told.
///
/// # Errors
///
/// The server fails, or nothing was counted.
pub(super) fn per_request(
    server: &Server,
    cores: Cores,
    logs: &Path,
    generator: &Path,
    load: impl Fn(u64) -> Load,
) -> Outcome<Profile> {
    let send = |address, requests| {
        let load = load(requests);
        load.workload.check(address)?;
        generator::run(generator, address, &load).map(drop)
    };
    // Each connection has been used, so that the rest of its life costs the same.
    let Load { workload, connections, .. } = load(0);
    let at_once = u64::from(connections) * workload.pipeline() as u64;
    per_unit(server, cores, logs, WARM_UP.max(2 * at_once), COUNTED, send)
}

/// What each of the counted costs a server that `work` has do so many, of runs with and without
/// them.
///
/// # Errors
///
/// The server fails, or nothing was counted.
pub(super) fn per_unit(
    server: &Server,
    cores: Cores,
    logs: &Path,
    warm_up: u64,
    counted: u64,
    work: impl Fn(SocketAddr, u64) -> Outcome,
) -> Outcome<Profile> {
    difference(|units| count(server, cores, logs, |at| work(at, units)), warm_up, counted)
}

/// The instructions of one lookup by our server's `LOOKUP=1`.
///
/// # Errors
///
/// The server fails, or nothing was counted.
pub(super) fn per_lookup(server: &Server, logs: &Path) -> Outcome<f64> {
    let look_up = |calls: u64| {
        let output = Output::new(logs)?;
        let mut command = Command::new(VALGRIND);
        command.args(output.options()).arg(&server.program).stdin(Stdio::null());
        command.envs(server.environment.iter().map(|(name, value)| (name, value)));
        command.env(TUNABLES.0, TUNABLES.1);
        let said = process::listen(command.env("LOOKUP", "1").env("CALLS", calls.to_string()))?;
        if !said.success {
            return Err(format!("LOOKUP=1 failed under valgrind: {}", said.stderr.trim()).into());
        }
        output.profile()
    };
    difference(look_up, WARM_UP_LOOKUPS, COUNTED_LOOKUPS).map(|lookup| lookup.instructions)
}

/// What each of the counted costs that only the second run does.
fn difference(
    run: impl Fn(u64) -> Outcome<Profile>,
    warm_up: u64,
    counted: u64,
) -> Outcome<Profile> {
    let (before, after) = (run(warm_up)?, run(warm_up + counted)?);
    let each = |figure: fn(&Profile) -> f64| (figure(&after) - figure(&before)) / counted as f64;
    Ok(Profile {
        instructions: each(|profile| profile.instructions),
        allocations: each(|profile| profile.allocations),
    })
}

/// What a server did from its start to its end, with what it is asked in between.
fn count(
    server: &Server,
    cores: Cores,
    logs: &Path,
    work: impl Fn(SocketAddr) -> Outcome,
) -> Outcome<Profile> {
    let (mut running, output) = start(server, cores, logs)?;
    let worked = work(running.address);
    running.check_alive()?;
    worked?;
    running.terminate()?;
    output.profile()
}

fn start(server: &Server, cores: Cores, logs: &Path) -> Outcome<(Running, Output)> {
    let output = Output::new(logs)?;
    let mut server = server.clone();
    server.wrapper = std::iter::once(VALGRIND.to_owned()).chain(output.options()).collect();
    server.environment.push((TUNABLES.0.to_owned(), TUNABLES.1.to_owned()));
    Ok((Running::start(&server, cores, logs)?, output))
}

/// What a server has done so far, while it goes on.
pub(super) struct Dumps {
    output: Output,
    pid: u32,
    dumps: u32,
    instructions: f64,
}

impl Dumps {
    /// # Errors
    ///
    /// The server does not start.
    pub(super) fn start(server: &Server, cores: Cores, logs: &Path) -> Outcome<(Running, Self)> {
        let (running, output) = start(server, cores, logs)?;
        let pid = running.watched().pid;
        Ok((running, Self { output, pid, dumps: 0, instructions: 0.0 }))
    }

    /// Since the server was started.
    ///
    /// # Errors
    ///
    /// Callgrind cannot be asked, or writes nothing.
    pub(super) fn instructions(&mut self) -> Outcome<f64> {
        // Each dump has what was done since the one before.
        let said = process::listen(Command::new(CONTROL).arg("--dump").arg(self.pid.to_string()))?;
        if !said.success {
            return Err(format!("{CONTROL} failed: {}", said.stderr.trim()).into());
        }
        self.dumps += 1;
        let dump = Output(self.output.0.with_added_extension(self.dumps.to_string()));
        self.instructions += dump.profile()?.instructions;
        fs::remove_file(dump.0)?;
        Ok(self.instructions)
    }
}

/// The file that callgrind writes when its program ends.
struct Output(PathBuf);

impl Output {
    /// A file that is not there yet: what an earlier run left must not be read.
    fn new(logs: &Path) -> Outcome<Self> {
        fs::create_dir_all(logs)?;
        let file = logs.join("callgrind.out");
        match fs::remove_file(&file) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(Self(file)),
        }
    }

    fn options(&self) -> [String; 3] {
        // A percent sign would begin one of valgrind's own substitutions.
        let file = self.0.display().to_string().replace('%', "%%");
        ["--quiet".into(), "--tool=callgrind".into(), format!("--callgrind-out-file={file}")]
    }

    fn profile(&self) -> Outcome<Profile> {
        let file = self.0.display();
        let text = fs::read_to_string(&self.0)
            .map_err(|error| format!("callgrind wrote no {file}: {error}"))?;
        Profile::parse(&text).ok_or_else(|| format!("{file} has no total").into())
    }
}
