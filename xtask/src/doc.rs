//! `doc`: the documentation builds without a warning, so that no link in it is dead.

use crate::{Outcome, process, workspace::Workspace};

/// Builds the documentation of every crate, with every feature.
pub(crate) fn run(workspace: &Workspace) -> Outcome {
    let mut command = process::cargo(&workspace.root);
    command.env("RUSTDOCFLAGS", "-D warnings");
    process::run(command.args(["doc", "--workspace", "--no-deps", "--all-features"]))
}
