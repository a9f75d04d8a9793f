//! `completions`.

use std::io::{self, Write};

use clap::ArgMatches;
use clap_complete::Shell;
use highper_core::Command;

use super::command_line;
use super::output::Failure;

/// Prints a script that tells a shell of the commands.
pub(super) fn print(commands: &[Command], options: &ArgMatches) -> Result<(), Failure> {
    let mut script = Vec::new();
    if let Some(shell) = options.get_one::<Shell>(command_line::SHELL) {
        let mut line = command_line::of(commands);
        clap_complete::generate(*shell, &mut line, command_line::program_name(), &mut script);
    }
    Ok(io::stdout().lock().write_all(&script)?)
}
