//! `test`: everything that can be tested on a machine with only the toolchain.

use std::process::Command;

use clap::Args;

use crate::{
    Outcome,
    console::{Ink, paint},
    process,
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
const CLIENTS: [(&str, &str); 4] =
    [("curl", "curl"), ("wrk", "wrk"), ("h2load", "nghttp2-client"), ("openssl", "openssl")];

/// Installs what is missing, builds, and runs all tests, those in the documentation last.
pub(crate) fn run(workspace: &Workspace, args: &TestArgs) -> Outcome {
    provide_clients()?;
    // Programs and tests in one go: the tests start the demo from the folder of build outputs, and
    // a build of the demo by itself would join fewer features and compile its dependencies again.
    let mut build = process::cargo(&workspace.root);
    process::run(build.args(["build", "--workspace", "--bins", "--examples", "--tests"]))?;

    let mut runner = runner(workspace);
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
    let packages = missing(&CLIENTS, process::on_path);
    if packages.is_empty() {
        return Ok(());
    }
    let list = packages.join(" ");
    let Some(apt) = apt_get() else {
        return Err(format!(
            "the tests need real clients that are not installed, and apt-get is not available \
             here without a password; install the packages (Debian's names): {list}"
        )
        .into());
    };
    eprintln!("{} {list} with apt-get: the tests need them", paint(Ink::Yellow, "installing"));
    // A stale list or one source out of reach is no reason to stop: the installation decides.
    if let Err(error) = process::run(&mut apt(&["update", "-qq"])) {
        eprintln!("{} {error}; trying with the lists that are here", paint(Ink::Yellow, "note:"));
    }
    let install = ["install", "-qq", "-y", "--no-install-recommends"];
    process::run(apt(&install).args(&packages))?;
    match missing(&CLIENTS, process::on_path).as_slice() {
        [] => Ok(()),
        still => Err(format!("installed, but not on PATH: {}", still.join(" ")).into()),
    }
}

fn missing<'p>(clients: &[(&str, &'p str)], present: impl Fn(&str) -> bool) -> Vec<&'p str> {
    clients.iter().filter(|(program, _)| !present(program)).map(|(_, package)| *package).collect()
}

/// How to call apt-get here: as root, or through sudo where that asks for no password.
fn apt_get() -> Option<fn(&[&str]) -> Command> {
    let silent = |program: &str, arguments: &[&str]| {
        process::listen(Command::new(program).args(arguments)).ok().filter(|said| said.success)
    };
    if !process::on_path("apt-get") {
        None
    } else if silent("id", &["-u"]).is_some_and(|said| said.stdout.trim() == "0") {
        Some(as_root)
    } else {
        silent("sudo", &["-n", "true"]).map(|_| through_sudo as fn(&[&str]) -> Command)
    }
}

fn as_root(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
    command
}

fn through_sudo(arguments: &[&str]) -> Command {
    let mut command = Command::new("sudo");
    command.args(["-n", "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(arguments);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_client_is_named_by_its_package() {
        let found = missing(&CLIENTS, |program| program == "curl");
        assert_eq!(found, ["wrk", "nghttp2-client", "openssl"]);
        assert!(missing(&CLIENTS, |_| true).is_empty());
    }
}
