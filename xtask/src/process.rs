//! Starting other programs, with errors that name the command to run by hand.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    Outcome,
    console::{Ink, coloured, paint},
};

/// The same cargo that runs this program, started at the workspace root.
pub(crate) fn cargo(root: &Path) -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root);
    command
}

/// Runs a command on this terminal, showing its command line first.
///
/// # Errors
///
/// The program does not start, or ends with anything but success.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let line = command_line(command);
    eprintln!("{}", paint(Ink::Dim, &format!("$ {line}")));
    let status = command.status().map_err(|error| format!("`{line}` does not start: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{line}` failed ({status})").into()) }
}

/// What a command said, kept back so that only failures are shown.
pub(crate) struct Said {
    pub(crate) success: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a command quietly and returns what it said.
///
/// # Errors
///
/// The program does not start.
pub(crate) fn listen(command: &mut Command) -> Outcome<Said> {
    if coloured() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let output = command
        .output()
        .map_err(|error| format!("`{}` does not start: {error}", command_line(command)))?;
    Ok(Said {
        success: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// Whether a program of this name can be started.
pub(crate) fn on_path(program: &str) -> bool {
    find(program).is_some()
}

/// Where a program is: on the path, or where Debian puts servers that are on nobody's path.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut postgres: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.flatten().map(|version| version.path().join("bin")).collect())
        .unwrap_or_default();
    // The newest first.
    postgres.sort_unstable_by(|one, other| other.cmp(one));
    let aside = ["/usr/sbin", "/usr/lib/rabbitmq/bin"].map(PathBuf::from);
    let mut folders = env::split_paths(&path).chain(aside).chain(postgres);
    folders.find_map(|folder| Some(folder.join(program)).filter(|file| file.is_file()))
}

/// The command as one would type it, without the environment.
pub(crate) fn command_line(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    command.get_args().fold(name, |line, argument| line + " " + &argument.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command_to_run_alone() {
        let error = run(Command::new("/bin/sh").args(["-c", "exit 3"])).unwrap_err();
        assert_eq!(error.to_string(), "`sh -c exit 3` failed (exit status: 3)");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = run(&mut Command::new("highper-no-such-program")).unwrap_err();
        assert!(error.to_string().starts_with("`highper-no-such-program` does not start"));
    }

    #[test]
    fn programs_are_found_on_the_path() {
        assert!(on_path("sh"));
        assert!(!on_path("highper-no-such-program"));
    }
}
