//! `release`: what must not be in a program that serves.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{Outcome, process, workspace::Workspace};

/// Builds the demo as for a release and looks into it: a setting must not be able to show source code
/// and settings to the world, so there is nothing that could.
pub(crate) fn run(workspace: &Workspace) -> Outcome {
    let marker = marker(workspace)?;
    // Otherwise the release has passed because the page is another one by now.
    if !holds(&build(workspace, &[])?, &marker)? {
        return Err(
            format!("a debug build does not hold the text of {PAGE}: mend this check").into()
        );
    }
    match holds(&build(workspace, &["--release"])?, &marker)? {
        false => Ok(()),
        true => Err("a release build holds the error page of developers: see where \
                     `IS_COMPILED` in highper-app is no longer asked"
            .into()),
    }
}

/// Something that is in every page.
const PAGE: &str = "crates/highper-mvc/src/debug/page/style.css";

fn marker(workspace: &Workspace) -> Outcome<Vec<u8>> {
    let style = fs::read(workspace.root.join(PAGE))
        .map_err(|error| format!("{PAGE} cannot be read: {error}"))?;
    Ok(style.split(|byte| *byte == b'\n').nth(1).unwrap_or_default().to_vec())
}

/// Built quickly rather than to be quick, and away from the releases that are measured.
fn build(workspace: &Workspace, options: &[&str]) -> Outcome<PathBuf> {
    let target = match options.is_empty() {
        true => workspace.target.clone(),
        false => workspace.target.join("release-check"),
    };
    let mut command = process::cargo(&workspace.root);
    command
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .args(["build", "--package", "highper-demo", "--target-dir"])
        .arg(&target)
        .args(options);
    process::run(&mut command)?;
    let profile = if options.is_empty() { "debug" } else { "release" };
    Ok(target.join(profile).join("highper-demo"))
}

fn holds(program: &Path, marker: &[u8]) -> Outcome<bool> {
    let bytes = fs::read(program)
        .map_err(|error| format!("{} cannot be read: {error}", program.display()))?;
    Ok(marker.len() > 16 && bytes.windows(marker.len()).any(|window| window == marker))
}
