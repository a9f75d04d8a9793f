//! Programs that are not part of the toolchain: installed where that is possible, else named.

use std::io;
use std::process::Command;

use crate::{
    Outcome,
    console::{Ink, paint},
    process,
};

/// A program, and the Debian package that has it.
pub(crate) type Packaged = (&'static str, &'static str);

/// Installs the packages of those programs that are missing; `why` begins the sentence that says so.
///
/// # Errors
/// A program is missing, and apt-get is not there, wants a password or fails.
pub(crate) fn provide(programs: &[Packaged], why: &str) -> Outcome {
    let packages = missing(programs, process::on_path);
    if packages.is_empty() {
        return Ok(());
    }
    install(&packages, why)?;
    match missing(programs, process::on_path).as_slice() {
        [] => Ok(()),
        still => Err(format!("installed, but not on PATH: {}", still.join(" ")).into()),
    }
}

/// Installs packages; `why` begins the sentence that says so.
///
/// # Errors
/// apt-get is not there, wants a password or fails.
pub(crate) fn install(packages: &[&str], why: &str) -> Outcome {
    let list = packages.join(" ");
    let Some(apt) = apt_get() else {
        return Err(format!(
            "{why}: these are not installed, and apt-get is not available here without a password; \
             install the packages (Debian's names): {list}"
        )
        .into());
    };
    eprintln!("{} {list} with apt-get: {why}", paint(Ink::Yellow, "installing"));
    // A stale list or one source out of reach is no reason to stop: the installation decides.
    if let Err(error) = run(apt(&["update", "-qq"])) {
        eprintln!("{} {error}; trying with the lists that are here", paint(Ink::Yellow, "note:"));
    }
    let install = ["install", "-qq", "-y", "--no-install-recommends"];
    let mut command = apt(&install);
    command.args(packages);
    run(command)
}

/// What it says is not what was asked of us: others may read our output.
fn run(mut command: Command) -> Outcome {
    process::run(command.stdout(io::stderr()))
}

fn missing(programs: &[Packaged], present: impl Fn(&str) -> bool) -> Vec<&'static str> {
    programs.iter().filter(|(program, _)| !present(program)).map(|(_, package)| *package).collect()
}

/// How to call apt-get here: as root, or through sudo where that asks for no password.
fn apt_get() -> Option<fn(&[&str]) -> Command> {
    let asks_nothing = || {
        process::listen(Command::new("sudo").args(["-n", "true"])).is_ok_and(|said| said.success)
    };
    if !process::on_path("apt-get") {
        None
    } else if rustix::process::geteuid().is_root() {
        Some(as_root)
    } else {
        asks_nothing().then_some(through_sudo)
    }
}

/// Debian starts a service when its package comes, unless the system is at run level 1: what is wanted here
/// is the program alone.
const ENVIRONMENT: [(&str, &str); 2] = [("DEBIAN_FRONTEND", "noninteractive"), ("RUNLEVEL", "1")];

fn as_root(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.envs(ENVIRONMENT).args(arguments);
    command
}

fn through_sudo(arguments: &[&str]) -> Command {
    let mut command = Command::new("sudo");
    let variables = ENVIRONMENT.map(|(name, value)| format!("{name}={value}"));
    command.args(["-n", "env"]).args(variables).arg("apt-get").args(arguments);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named_by_its_package() {
        let programs = [("curl", "curl"), ("h2load", "nghttp2-client")];
        assert_eq!(missing(&programs, |program| program == "curl"), ["nghttp2-client"]);
        assert!(missing(&programs, |_| true).is_empty());
    }
}
