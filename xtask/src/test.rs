//! `test`: everything that can be tested on a machine with only the toolchain.

use std::process::Command;

use clap::Args;

use crate::{
    Outcome,
    packages::{self, Packaged},
    process, services,
    workspace::Workspace,
};

/// Arguments for the test runner.
#[derive(Args, Default)]
pub(crate) struct TestArgs {
    /// Given to the runner (cargo-nextest where installed, else `cargo test`), for example part of
    /// a test's name; the documentation examples are then left out
    #[arg(last = true)]
    runner: Vec<String>,
}

/// The programs that play the clients, and the Debian package of each.
const CLIENTS: [Packaged; 5] = [
    ("curl", "curl"),
    ("wrk", "wrk"),
    ("h2load", "nghttp2-client"),
    ("openssl", "openssl"),
    ("chromium", "chromium"),
];

/// Installs what is missing, builds, starts the services, and runs all tests, those in the documentation last.
pub(crate) fn run(workspace: &Workspace, args: &TestArgs) -> Outcome {
    provide_clients()?;
    // Programs and tests in one go: the tests start the demo from the folder of build outputs, and
    // a build of the demo by itself would join fewer features and compile its dependencies again.
    let mut build = process::cargo(&workspace.root);
    process::run(build.args(["build", "--workspace", "--bins", "--examples", "--tests"]))?;

    let backing = services::for_tests(workspace)?;
    let mut runner = runner(workspace);
    runner.envs(backing.variables());
    if !args.runner.is_empty() {
        return process::run(runner.args(&args.runner));
    }
    let tests = process::run(runner.arg("--no-fail-fast"));
    let mut examples = process::cargo(&workspace.root);
    let examples = process::run(examples.args(["test", "--doc", "--workspace", "--no-fail-fast"]));
    match (tests, examples) {
        (Err(tests), Err(examples)) => Err(format!("{tests}; {examples}").into()),
        (tests, examples) => tests.and(examples),
    }
}

fn runner(workspace: &Workspace) -> Command {
    let mut command = process::cargo(&workspace.root);
    if process::on_path("cargo-nextest") {
        command.args(["nextest", "run", "--workspace"]);
    } else {
        command.args(["test", "--workspace", "--tests"]);
    }
    command
}

/// The real clients are part of the tests: what is missing is installed or named, never skipped.
fn provide_clients() -> Outcome {
    packages::provide(&CLIENTS, "the tests need real clients")
}
