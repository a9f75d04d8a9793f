//! `alone`: every library compiles by itself, without a warning of clippy, with the fewest features, the usual
//! and all.
//!
//! A build of the whole workspace joins everybody's features, which hides a crate that lacks one.

use std::time::Instant;

use crate::{
    Outcome,
    console::{self, Ink, elapsed, paint},
    graph, process,
    workspace::{Package, Workspace},
};

/// What `cargo clippy` gets for each of the three ways, and what a person calls it.
const WAYS: [(&str, &[&str]); 3] = [
    ("no default features", &["--no-default-features"]),
    ("default features", &[]),
    ("all features", &["--all-features"]),
];

/// Checks each library three times and reports every failure.
pub(crate) fn run(workspace: &Workspace) -> Outcome {
    let libraries: Vec<&Package> = workspace.packages.iter().filter(|p| is_subject(p)).collect();
    let bar = console::progress((libraries.len() * WAYS.len()) as u64);
    let mut failures = Vec::new();
    for package in &libraries {
        let start = Instant::now();
        for (way, features) in WAYS {
            bar.set_message(format!("{}, {way}", package.name));
            if let Some(failure) = check(workspace, &package.name, features)? {
                bar.suspend(|| eprintln!("{}", failure.words));
                failures.push(failure.command);
            }
            bar.inc(1);
        }
        let time = paint(Ink::Dim, &elapsed(start.elapsed()));
        bar.suspend(|| eprintln!("{} {time}", package.name));
    }
    bar.finish_and_clear();
    match failures.as_slice() {
        [] => Ok(()),
        failures => Err(format!("not every crate stands alone: {}", failures.join(", ")).into()),
    }
}

fn is_subject(package: &Package) -> bool {
    package.is_library && package.folder.starts_with("crates") && !graph::is_tool(&package.name)
}

struct Failure {
    command: String,
    words: String,
}

fn check(workspace: &Workspace, package: &str, features: &[&str]) -> Outcome<Option<Failure>> {
    let mut command = process::cargo(&workspace.root);
    command.args(["clippy", "--no-deps", "--package", package]).args(features);
    let said = process::listen(command.args(["--", "-D", "warnings"]))?;
    if said.success {
        return Ok(None);
    }
    let command = format!("`{}`", process::command_line(&command));
    Ok(Some(Failure { command, words: said.stderr }))
}
