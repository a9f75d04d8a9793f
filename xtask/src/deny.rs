//! `deny`: licences, banned crates and sources of all dependencies, by the rules in `deny.toml`.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    Outcome,
    console::{Ink, paint},
    process,
    workspace::Workspace,
};

/// Pinned, so that a new release cannot fail an old commit.
const VERSION: &str = "0.20.2";

/// Runs cargo-deny, installing it below the folder of build outputs where it is missing.
pub(crate) fn run(workspace: &Workspace) -> Outcome {
    let program = find_or_install(workspace)?;
    let mut command = Command::new(program);
    command.current_dir(&workspace.root);
    process::run(command.args(["--all-features", "check", "bans", "licenses", "sources"]))
}

fn find_or_install(workspace: &Workspace) -> Outcome<PathBuf> {
    let tools = workspace.target.join("tools");
    let own = tools.join("bin/cargo-deny");
    for candidate in [PathBuf::from("cargo-deny"), own.clone()] {
        if is_pinned(&candidate) {
            return Ok(candidate);
        }
    }
    eprintln!(
        "{} cargo-deny {VERSION} into {} (some minutes, once)",
        paint(Ink::Yellow, "installing"),
        tools.display()
    );
    process::run(&mut install(workspace, &tools))?;
    Ok(own)
}

/// Built quickly rather than to be quick: it runs for seconds.
fn install(workspace: &Workspace, tools: &Path) -> Command {
    let mut command = process::cargo(&workspace.root);
    command
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .args(["install", "--locked", "--no-default-features", "--version", VERSION])
        .arg("--root")
        .arg(tools)
        .arg("cargo-deny");
    command
}

fn is_pinned(program: &Path) -> bool {
    process::listen(Command::new(program).arg("--version"))
        .is_ok_and(|said| said.success && said.stdout.trim() == format!("cargo-deny {VERSION}"))
}
