//! `fmt`: every file is formatted, those of the rivals in the benchmarks too.

use crate::{Outcome, process, workspace::Workspace};

/// Checks both workspaces; changes nothing.
pub(crate) fn run(workspace: &Workspace) -> Outcome {
    let check = ["fmt", "--all", "--check"];
    let ours = process::run(process::cargo(&workspace.root).args(check));

    let peers = workspace.root.join("benches/peers/Cargo.toml");
    let theirs = if peers.is_file() {
        let mut command = process::cargo(&workspace.root);
        process::run(command.args(check).args(["--manifest-path", "benches/peers/Cargo.toml"]))
    } else {
        Ok(())
    };
    ours.and(theirs).map_err(|error| format!("{error}; the same without `--check` mends it").into())
}
