//! The calls that led to an error.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use http::StatusCode;

/// Whether every error takes its backtrace.
static EVERY_ERROR: AtomicBool = AtomicBool::new(false);

/// From now on every [`Error`](crate::Error) and every caught panic of this process keeps a backtrace,
/// for the error pages of developers. It costs some microseconds for each error.
///
/// Where this was not asked for, server errors and panics keep one if `RUST_BACKTRACE` says so (it
/// then stands in the log), and errors that are the client's fault never do.
///
/// # Example
/// ```
/// # use highper_core::{Error, capture_backtraces};
/// capture_backtraces(true);
/// assert!(Error::not_found("no such book").backtrace().is_some());
/// capture_backtraces(false);
/// assert!(Error::not_found("no such book").backtrace().is_none());
/// ```
pub fn capture_backtraces(on: bool) {
    EVERY_ERROR.store(on, Relaxed);
}

/// The backtrace of an error with `status`, if it is to have one.
pub(crate) fn backtrace_for(status: StatusCode) -> Option<Box<Backtrace>> {
    let backtrace = if EVERY_ERROR.load(Relaxed) {
        Backtrace::force_capture()
    } else if status.is_server_error() {
        Backtrace::capture()
    } else {
        return None;
    };
    (backtrace.status() == BacktraceStatus::Captured).then(|| Box::new(backtrace))
}
