//! An error as text, for terminals and for copying.

use std::fmt::Write;

use crate::debug::incident::Incident;

/// What the text holds.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) trace: bool,
    pub(crate) causes: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { trace: true, causes: true }
    }
}

/// The text. Nothing in it can work on a terminal.
pub(crate) fn text(incident: &Incident, options: &Options) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write_text(&mut text, incident, options);
    text
}

fn write_text(text: &mut String, incident: &Incident, options: &Options) -> std::fmt::Result {
    let causes = if options.causes { incident.causes.len() } else { 1 };
    for (depth, cause) in incident.causes.iter().take(causes).enumerate() {
        let by = if depth == 0 { "" } else { "caused by " };
        writeln!(text, "{by}{}: {}", cause.type_name, printable(&cause.message))?;
    }
    write!(text, "\n{}", incident.status_line())?;
    if let Some(code) = incident.code {
        write!(text, ", code {code}")?;
    }
    if let Some(id) = &incident.id {
        write!(text, ", error {id}")?;
    }
    text.push('\n');
    if let Some(request) = &incident.request {
        writeln!(text, "{}", printable(request))?;
    }
    if let Some(thread) = &incident.thread {
        writeln!(text, "on thread {}", printable(thread))?;
    }
    if !options.trace {
        return Ok(());
    }
    text.push('\n');
    for (index, frame) in incident.frames.iter().enumerate() {
        let mark = if frame.is_application { '>' } else { ' ' };
        writeln!(text, "{mark}{index:3} {}", printable(&frame.function))?;
        if let Some(place) = frame.place() {
            writeln!(text, "      {}", printable(&place))?;
        }
        frame
            .comments
            .iter()
            .try_for_each(|comment| writeln!(text, "      # {}", printable(comment)))?;
    }
    Ok(())
}

/// Control characters but for line breaks are told and not done; so are those that turn the direction
/// of a text.
pub(crate) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let is_turn = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if is_turn || character.is_control() && !matches!(character, '\n' | '\t') {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}
