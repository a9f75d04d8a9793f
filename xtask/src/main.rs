//! `cargo xtask`: the project's own commands, from the demo to the whole of continuous integration.
//!
//! This file is the command line only; each command lives in a file of its own.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a terminal; it talks to the person in front of it"
)]

mod alone;
mod bench;
mod ci;
mod clippy;
mod conformance;
mod console;
mod demo;
mod deny;
mod doc;
mod fmt;
mod graph;
mod packages;
mod process;
mod release;
mod services;
mod test;
mod tidy;
mod workspace;

use std::{error::Error, process::ExitCode};

use clap::{CommandFactory, Parser, Subcommand};

use crate::{console::Ink, workspace::Workspace};

/// What every command answers: nothing, or the sentence that says what failed and what to do.
type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The project's own commands. Each check of `ci` is also a command of its own.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, disable_help_subcommand = true)]
#[command(after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: Option<Task>,
}

const AFTER_HELP: &str = "\
Start here:
  cargo xtask demo    see it run
  cargo xtask test    every test, on a machine with only the toolchain
  cargo xtask bench   what a connection and a request cost
  cargo xtask ci      what a change must pass

`cargo xtask <command> --help` explains a command. Colours respect NO_COLOR.";

#[derive(Subcommand)]
enum Task {
    /// Build the demo, a small bookshop, in release and serve it
    Demo(demo::DemoArgs),
    /// Run every test: units, real clients against the running demo, documentation examples
    Test(test::TestArgs),
    /// Start, stop or list throw-away instances of Redis, PostgreSQL and RabbitMQ
    Services(services::ServicesArgs),
    /// Measure what Highper costs, beside its peers, on this machine
    Bench(bench::BenchArgs),
    /// Run every check and every test: the whole of continuous integration
    Ci,
    /// Check that every file is formatted (`cargo fmt --all` mends it)
    Fmt,
    /// Lint everything with every feature; a warning is an error
    Clippy,
    /// Play the rules of HTTP/1.1, one by one, to both engines
    Conformance(conformance::ConformanceArgs),
    /// Print which crate depends on which, and hold the arrows against the design's table
    Graph,
    /// Check the house rules: first lines, file length, features, versions
    Tidy,
    /// Compile each library by itself: no default features, default, all features
    Alone,
    /// Check licences, banned crates and sources of all dependencies with cargo-deny
    Deny,
    /// Check that a release of the demo holds no error page of developers
    Release,
    /// Build the documentation; a warning is an error
    Doc,
}

fn main() -> ExitCode {
    let Some(task) = Cli::parse().command else {
        return list_commands();
    };
    match run(task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{} {error}", console::paint(Ink::Red, "error:"));
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Outcome {
    let workspace = Workspace::load()?;
    match task {
        Task::Demo(args) => demo::run(&workspace, &args),
        Task::Test(args) => test::run(&workspace, &args),
        Task::Services(args) => services::run(&workspace, &args),
        Task::Bench(args) => bench::run(&workspace, &args),
        Task::Ci => ci::run(&workspace),
        Task::Fmt => fmt::run(&workspace),
        Task::Clippy => clippy::run(&workspace),
        Task::Conformance(args) => conformance::run(&workspace, &args),
        Task::Graph => graph::run(&workspace),
        Task::Tidy => tidy::run(&workspace),
        Task::Alone => alone::run(&workspace),
        Task::Deny => deny::run(&workspace),
        Task::Release => release::run(&workspace),
        Task::Doc => doc::run(&workspace),
    }
}

/// Asking for nothing is a question, not a mistake: the list goes to standard output.
fn list_commands() -> ExitCode {
    match Cli::command().print_help() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_step_of_ci_is_also_a_command() {
        for step in ci::STEPS {
            assert!(
                Cli::command().find_subcommand(step.name).is_some(),
                "`cargo xtask {}` is missing",
                step.name
            );
        }
    }
}
