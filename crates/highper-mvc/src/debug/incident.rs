//! Everything that is told of an error, its secrets masked.

use std::fmt::{self, Write};

use highper_core::http::StatusCode;
use highper_core::{Error, ErrorContext, PanicError};

use crate::Frame;
use crate::debug::frame::split_path;
use crate::debug::mask::{Mask, Secrets};
use crate::debug::request_tables::{learn_cookies, request_tables};
use crate::debug::table::{Table, TableSource};
use crate::debug::trace::frames_of;

/// Everything that is told of an error, its secrets masked. What is shown is made from this alone.
#[derive(Debug)]
pub(crate) struct Incident {
    pub(crate) status: StatusCode,
    pub(crate) code: Option<&'static str>,
    pub(crate) id: Option<String>,
    /// The causes, the outermost first; where there are none, the error itself. Never empty.
    pub(crate) causes: Vec<Cause>,
    /// What clients are told in production.
    pub(crate) public_message: String,
    pub(crate) frames: Vec<Frame>,
    /// The thread that panicked.
    pub(crate) thread: Option<String>,
    pub(crate) has_backtrace: bool,
    /// `GET /books/7`
    pub(crate) request: Option<String>,
    pub(crate) tables: Vec<Table>,
    /// For texts that are read later, as source code.
    pub(crate) secrets: Secrets,
}

/// One of the causes.
#[derive(Debug)]
pub(crate) struct Cause {
    pub(crate) type_name: String,
    pub(crate) message: String,
}

impl Cause {
    /// `core::num::` and `ParseIntError`.
    pub(crate) fn split_type(&self) -> (&str, &str) {
        split_path(&self.type_name, self.type_name.len())
    }
}

/// Filters, comments, tables: what the renderer was told to do.
pub(crate) struct Rules<'a> {
    pub(crate) mask: &'a Mask,
    pub(crate) known_secrets: &'a [String],
    pub(crate) tables: &'a [TableSource],
    pub(crate) frames: &'a dyn Fn(Vec<Frame>) -> Vec<Frame>,
}

impl Incident {
    pub(crate) fn new(error: &Error, context: &ErrorContext<'_>, rules: &Rules<'_>) -> Self {
        let mut tables = request_tables(context);
        tables.extend(rules.tables.iter().map(|source| source.table(context)));
        let secrets = secrets(context, rules, &tables);
        let clean = |text: &str| secrets.scrub(rules.mask.text(text));
        let frames =
            (rules.frames)(frames_of(error)).into_iter().map(|frame| clean_frame(frame, &clean));
        let frames = frames.collect();
        let causes = causes(error)
            .into_iter()
            .map(|cause| Cause { message: clean(&cause.message), ..cause });
        let tables = tables.into_iter().map(|table| table.bounded().masked(rules.mask, &secrets));
        Self {
            status: error.status(),
            code: error.code(),
            id: context.id.map(ToOwned::to_owned),
            causes: causes.collect(),
            public_message: clean(error.message()),
            frames,
            thread: error.panic().and_then(PanicError::thread).map(ToOwned::to_owned),
            has_backtrace: error.backtrace().is_some(),
            request: context
                .request
                .map(|request| clean(&format!("{} {}", request.method(), request.uri()))),
            tables: tables.collect(),
            secrets,
        }
    }

    /// The outermost cause.
    pub(crate) fn cause(&self) -> Option<&Cause> {
        self.causes.first()
    }

    /// `500 Internal Server Error`
    pub(crate) fn status_line(&self) -> String {
        format!("{} {}", self.status.as_str(), self.status.canonical_reason().unwrap_or("Error"))
    }

    /// The frame that is looked at first: the innermost of the application.
    pub(crate) fn main_frame(&self) -> usize {
        self.frames.iter().position(|frame| frame.is_application).unwrap_or(0)
    }
}

fn secrets(context: &ErrorContext<'_>, rules: &Rules<'_>, tables: &[Table]) -> Secrets {
    let mut secrets = Secrets::default();
    let everything = Mask::new().hide("*");
    rules.known_secrets.iter().for_each(|value| secrets.learn(&everything, "", value));
    learn_cookies(context, &mut secrets);
    tables.iter().for_each(|table| table.teach(rules.mask, &mut secrets));
    secrets.sort();
    secrets
}

fn clean_frame(mut frame: Frame, clean: &dyn Fn(&str) -> String) -> Frame {
    frame.comments.iter_mut().for_each(|comment| *comment = clean(comment));
    frame
}

/// Longer messages are cut: a cause may quote a whole body.
const MAX_MESSAGE_CHARS: usize = 8 * 1024;

fn causes(error: &Error) -> Vec<Cause> {
    let mut causes = Vec::new();
    if let Some(panic) = error.panic() {
        causes.push(Cause { type_name: "panic".to_owned(), message: shown(&panic.message()) });
    } else {
        for (depth, cause) in error.causes().enumerate() {
            let known = error.source_type().filter(|_| depth == 0);
            let type_name = known.map_or_else(|| guessed_type(cause), ToOwned::to_owned);
            causes.push(Cause { type_name, message: shown(&cause) });
        }
    }
    if causes.is_empty() {
        causes.push(Cause {
            type_name: "highper::Error".to_owned(),
            message: shown(&error.message()),
        });
    }
    causes
}

fn shown(message: &dyn fmt::Display) -> String {
    let mut text = Bounded { text: String::new(), left: MAX_MESSAGE_CHARS };
    // It fails where it is full, which is enough; and so may the message itself.
    let _ = write!(text, "{message}");
    text.text
}

/// What a type calls itself in its `Debug` form: all that is left of it in a chain of causes.
fn guessed_type(cause: &dyn std::error::Error) -> String {
    const ENOUGH: usize = 80;
    let mut text = Bounded { text: String::new(), left: ENOUGH };
    let _ = write!(text, "{cause:?}");
    let end = text.text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.text.len());
    let name = &text.text[..end];
    if name.starts_with(char::is_uppercase) { name.to_owned() } else { "error".to_owned() }
}

/// Takes a number of characters and no more.
struct Bounded {
    text: String,
    left: usize,
}

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            self.left = self.left.checked_sub(1).ok_or(fmt::Error)?;
            self.text.push(character);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_have_the_names_of_their_types() {
        #[derive(Debug)]
        struct Outer(std::num::ParseIntError);
        impl fmt::Display for Outer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("no stock")
            }
        }
        impl std::error::Error for Outer {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                Some(&self.0)
            }
        }
        let error = Error::from(Outer("x".parse::<u32>().unwrap_err()));
        let told: Vec<_> =
            causes(&error).into_iter().map(|c| (c.split_type().1.to_owned(), c.message)).collect();
        assert_eq!(told[0], ("Outer".to_owned(), "no stock".to_owned()));
        assert_eq!(
            told[1],
            ("ParseIntError".to_owned(), "invalid digit found in string".to_owned())
        );
        assert_eq!(causes(&Error::internal("text"))[0].type_name, "error");
        assert_eq!(causes(&Error::not_found("gone"))[0].message, "gone");
    }
}
