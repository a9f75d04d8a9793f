//! `alone`: every library compiles by itself, with the fewest features, the usual and all.
//!
//! A build of the whole workspace joins everybody's features, which hides a crate that lacks one.

use std::time::Instant;

use crate::{
    Outcome,
    console::{self, Ink, elapsed, paint},
    graph, process,
    workspace::{Package, Workspace},
};

/// What `cargo check` gets for each of the three ways, and what a person calls it.
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
    command.args(["check", "--package", package]).args(features);
    let said = process::listen(&mut command)?;
    if said.success && !warns(&said.stderr) {
        return Ok(None);
    }
    let command = format!("`{}`", process::command_line(&command));
    Ok(Some(Failure { command, words: said.stderr }))
}

/// Cargo's closing line about our own code: warnings of dependencies never reach the terminal.
fn warns(said: &str) -> bool {
    said.lines().any(|line| line.contains(") generated ") && line.contains("warning"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_of_ours_counts_as_a_failure() {
        assert!(warns("warning: `highper-core` (lib) generated 1 warning"));
        assert!(!warns("    Finished `dev` profile in 0.2s\nwarning: unused manifest key"));
    }
}
