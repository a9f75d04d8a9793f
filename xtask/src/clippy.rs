//! `clippy`: no warning, in any target, with every feature.

use crate::{Outcome, process, workspace::Workspace};

const EVERYTHING: [&str; 3] = ["--workspace", "--all-targets", "--all-features"];

/// Lints the workspace. The flag stands after `--`, because another `RUSTFLAGS` would rebuild all
/// dependencies.
pub(crate) fn run(workspace: &Workspace) -> Outcome {
    let mut command = process::cargo(&workspace.root);
    process::run(command.arg("clippy").args(EVERYTHING).args(["--", "-D", "warnings"]))
}

/// Whether the code compiles at all, lints aside: if not, running the tests says nothing new.
pub(crate) fn compiles(workspace: &Workspace) -> Outcome<bool> {
    let mut command = process::cargo(&workspace.root);
    Ok(process::listen(command.args(["check", "--quiet"]).args(EVERYTHING))?.success)
}
