//! One call of `cargo xtask bench`: what it knows, and what came of it.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use indicatif::ProgressBar;
use serde_json::Value;

use super::{
    against::{self, Earlier},
    document::Document,
    html,
    instructions::Counter,
    limits,
    limits::Cores,
    machine,
    measurement::Measurement,
    options::OutputArgs,
    report,
    running::Running,
    samples::Samples,
    server::{self, Server},
};
use crate::{
    Outcome,
    console::{self, Ink, paint},
    workspace::Workspace,
};

/// Everything that the measurements share.
pub(super) struct Session<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) samples: Samples,
    /// What counts instructions, if anything does.
    pub(super) counter: Option<Counter>,
    machine: Value,
    cores: Option<Cores>,
    failures: Vec<Failure>,
    progress: ProgressBar,
}

/// A server, or one workload of it, that is not measured any further.
struct Failure {
    server: String,
    /// None: the server as a whole.
    workload: Option<String>,
    reason: String,
}

impl<'a> Session<'a> {
    pub(super) fn begin(workspace: &'a Workspace, counter: Option<Counter>) -> Self {
        Self {
            workspace,
            samples: Samples::default(),
            counter,
            // Asked before this process is pinned: the number of cores is the whole machine's.
            machine: machine::describe(&workspace.root, counter),
            cores: None,
            failures: Vec::new(),
            progress: ProgressBar::hidden(),
        }
    }

    /// The same session; its figures belong to this measurement from now on.
    pub(super) fn begun(&mut self, measurement: Measurement) -> &mut Self {
        self.samples.begin(measurement);
        self
    }

    /// Builds, raises the limits, and moves this process off the server's core.
    pub(super) fn prepare(
        &mut self,
        build: bool,
        peers: &[&str],
        connections: u32,
        steps: u64,
    ) -> Outcome<Cores> {
        if build {
            server::build(self.workspace, peers)?;
        }
        limits::allow_connections(connections)?;
        // Once: from then on this process is on one core only, and sees no other.
        let cores = match self.cores {
            Some(cores) => cores,
            None => *self.cores.insert(Cores::choose()?),
        };
        limits::pin(cores.generator)?;
        self.progress = console::progress(steps);
        Ok(cores)
    }

    /// Starts a server unless it failed before; a failure is noted.
    pub(super) fn start(&mut self, server: &Server, cores: Cores) -> Option<Running> {
        if self.has_failed(&server.name, None) {
            return None;
        }
        match Running::start(server, cores, &self.logs()) {
            Ok(running) => Some(running),
            Err(error) => {
                self.fail(&server.name, None, error.to_string());
                None
            }
        }
    }

    /// The folder of what servers say, and of what is written about them.
    pub(super) fn logs(&self) -> PathBuf {
        self.workspace.target.join("bench-logs")
    }

    /// Takes one step of the measurement unless this pair failed before; a failure is noted.
    pub(super) fn step<T>(
        &mut self,
        server: &str,
        workload: &str,
        measure: impl FnOnce(&mut Self) -> Outcome<T>,
    ) -> Option<T> {
        self.progress.set_message(format!("{server}: {workload}"));
        let measured = if self.has_failed(server, Some(workload)) {
            None
        } else {
            let measured = measure(self);
            measured.map_err(|error| self.fail(server, Some(workload), error.to_string())).ok()
        };
        self.progress.inc(1);
        measured
    }

    /// Prints the tables, writes the files, and tells the failures.
    ///
    /// # Errors
    ///
    /// A file cannot be written, or something had failed.
    pub(super) fn end(self, output: &OutputArgs, earlier: Option<&Earlier>) -> Outcome {
        self.progress.finish_and_clear();
        let (results, command) = (self.samples.records(), repeated(env::args().skip(1)));
        let document = Document { machine: self.machine, command, results };
        for (title, table) in report::tables(&document, self.counter) {
            println!("\n{title}\n{table}");
        }
        if let Some(file) = &output.json {
            write(file, &(serde_json::to_string_pretty(&document)? + "\n"))?;
        }
        if let Some(earlier) = earlier {
            println!("\nAgainst {}\n{}", earlier.name, against::table(&document, earlier));
        }
        if let Some(file) = &output.html {
            write(file, &html::page(&document, earlier))?;
        }
        tell(&self.failures)
    }

    pub(super) fn fail(&mut self, server: &str, workload: Option<&str>, reason: String) {
        let workload = workload.map(str::to_owned);
        self.failures.push(Failure { server: server.into(), workload, reason });
    }

    fn has_failed(&self, server: &str, workload: Option<&str>) -> bool {
        self.failures.iter().any(|failure| {
            failure.server == server
                && failure.workload.as_deref().is_none_or(|failed| Some(failed) == workload)
        })
    }
}

fn write(file: &Path, text: &str) -> Outcome {
    Ok(fs::write(file, text)
        .map_err(|error| format!("cannot write {}: {error}", file.display()))?)
}

fn tell(failures: &[Failure]) -> Outcome {
    for failure in failures {
        eprintln!("{} {}", paint(Ink::Red, "failed:"), failure.describe());
    }
    match failures.len() {
        0 => Ok(()),
        count => Err(format!("{count} measurements failed; the figures above lack them").into()),
    }
}

/// The command line without what only says where to read and write.
fn repeated(arguments: impl Iterator<Item = String>) -> String {
    let mut command = String::from("cargo xtask");
    let mut arguments = arguments;
    while let Some(argument) = arguments.next() {
        let name = argument.split('=').next().unwrap_or(&argument);
        match name {
            "--no-build" => {}
            "--json" | "--html" | "--against" => {
                if name == argument {
                    arguments.next();
                }
            }
            _ => {
                command.push(' ');
                command.push_str(&argument);
            }
        }
    }
    command
}

impl Failure {
    fn describe(&self) -> String {
        match &self.workload {
            Some(workload) => format!("{}, {workload}: {}", self.server, self.reason),
            None => format!("{}: {}", self.server, self.reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_to_repeat_a_run_says_nothing_of_files() {
        let typed = "bench all --json a.json --rounds 3 --html=b.html --no-build --against c d";
        let repeated = repeated(typed.split(' ').map(str::to_owned));
        assert_eq!(repeated, "cargo xtask bench all --rounds 3 d");
    }
}
