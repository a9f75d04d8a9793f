//! What commands print: tables, JSON, and what went wrong.

use std::io::{self, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use highper_core::BootErrors;

use crate::StartError;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(super) enum Failure {
    /// One sentence, or several lines.
    Told(String),
    /// What it is has been printed as the result.
    Printed,
    /// Whoever read the output has had enough, which is no failure.
    Unread,
}

impl From<String> for Failure {
    fn from(words: String) -> Self {
        Self::Told(words)
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self::Told(error.to_string())
    }
}

impl From<BootErrors> for Failure {
    fn from(errors: BootErrors) -> Self {
        StartError::from(errors).into()
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Unread,
            _ => Self::Told(format!("standard output cannot be written: {error}")),
        }
    }
}

/// Tells a failure on standard error.
pub(super) fn fail(failure: &Failure) -> ExitCode {
    match failure {
        Failure::Unread => ExitCode::SUCCESS,
        Failure::Printed => ExitCode::FAILURE,
        Failure::Told(words) => {
            let _ = writeln!(anstream::stderr(), "{RED}Error:{RED:#} {words}");
            ExitCode::FAILURE
        }
    }
}

/// Prints a value as JSON.
pub(super) fn print_json(value: &serde_json::Value) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    serde_json::to_writer_pretty(&mut output, value).map_err(io::Error::from)?;
    writeln!(output)?;
    Ok(())
}

/// Prints rows in columns: the headings bold where colours are wanted, the last column dim.
pub(super) fn print_table<const N: usize>(
    headings: [&str; N],
    rows: &[[String; N]],
) -> Result<(), Failure> {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([headings[column].chars().count()]).max().unwrap_or_default()
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let mut output = anstream::AutoStream::auto(io::stdout()).lock();
    let mut line = |cells: [&str; N], style: fn(usize) -> Style| -> io::Result<()> {
        for (column, cell) in cells.into_iter().enumerate() {
            let style = style(column);
            match column + 1 == N {
                true => writeln!(output, "{style}{cell}{style:#}")?,
                false => write!(output, "{style}{cell:0$}{style:#}  ", widths[column])?,
            }
        }
        Ok(())
    };
    line(headings, |_| Style::new().bold())?;
    for row in rows {
        line(std::array::from_fn(|column| row[column].as_str()), |column| match column + 1 == N {
            true => Style::new().dimmed(),
            false => Style::new(),
        })?;
    }
    Ok(())
}

/// Prints a line: `what` in green.
pub(super) fn print_well(what: &str, more: &str) -> Result<(), Failure> {
    writeln!(anstream::stdout(), "{GREEN}{what}{GREEN:#}{more}")?;
    Ok(())
}

const RED: Style = AnsiColor::Red.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();
