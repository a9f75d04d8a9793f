//! Where errors are told besides the log.

use crate::{BoxFuture, Error};

/// Tells of errors elsewhere: to an error tracker, a chat, a counter.
///
/// It gets every server error and every panic of an application, the same one only once in a while, on a
/// task of its own: what it does delays no answer. Reporters are asked in turn, the last added first.
///
/// # Example
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
///
/// use highper_core::{BoxFuture, ErrorReport, ErrorReporter, Reported};
///
/// #[derive(Debug, Default)]
/// struct Counter(AtomicUsize);
///
/// impl ErrorReporter for Counter {
///     fn report<'a>(&'a self, report: &'a ErrorReport) -> BoxFuture<'a, Reported> {
///         self.0.fetch_add(1 + report.repeated as usize, Relaxed);
///         Box::pin(async { Reported::Next })
///     }
/// }
/// ```
pub trait ErrorReporter: std::fmt::Debug + Send + Sync + 'static {
    /// Tells of one error. A panic in here, or a future that takes too long, is logged and goes no
    /// further.
    fn report<'a>(&'a self, report: &'a ErrorReport) -> BoxFuture<'a, Reported>;
}

/// Who hears of an error next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reported {
    /// The reporter after this one.
    Next,
    /// Nobody.
    Last,
}

/// An error, as it is told to reporters. It holds what is private; nothing of the request but its route.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ErrorReport {
    /// Which error it was, as it stands in the log and was told to the client.
    pub id: String,
    /// The status of the answer.
    pub status: u16,
    /// The word for machines.
    pub code: Option<&'static str>,
    /// What the client was told.
    pub message: String,
    /// The type of the cause, with its path, where it is known.
    pub cause_type: Option<&'static str>,
    /// The private cause, the cause of that, and so on.
    pub causes: Vec<String>,
    /// Where it went wrong: `src/books.rs:12:5`.
    pub place: String,
    /// Was it a panic?
    pub is_panic: bool,
    /// The pattern of the route whose handler was at work.
    pub route: Option<&'static str>,
    /// The calls that led there, if they were taken.
    pub backtrace: Option<String>,
    /// The same for errors of one type, code and place.
    pub fingerprint: u64,
    /// How many times it came again, untold, since it was told before.
    pub repeated: u64,
}

impl ErrorReport {
    /// The most causes that are followed: a chain may be a circle.
    pub const MAX_CAUSES: usize = 32;

    /// What there is to tell of `error`.
    #[must_use]
    pub fn new(id: impl Into<String>, error: &Error) -> Self {
        Self {
            id: id.into(),
            status: error.status().as_u16(),
            code: error.code(),
            message: error.message().to_owned(),
            cause_type: error.source_type(),
            causes: error.causes().map(ToString::to_string).collect(),
            place: error.place().to_string(),
            is_panic: error.panic().is_some(),
            route: error.route().map(|route| &*route.path),
            backtrace: error.backtrace().map(ToString::to_string),
            fingerprint: error.fingerprint(),
            repeated: 0,
        }
    }
}
