//! The eight levels of RFC 5424, and how they stand beside tracing's five.

use std::error::Error;
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU8, Ordering};

/// How grave a record is: the eight levels of RFC 5424 (section 6.2.1) and PSR-3, least grave first.
///
/// # Example
/// ```
/// use highper_log::Level;
///
/// assert!(Level::Notice < Level::Warning);
/// assert_eq!("notice".parse(), Ok(Level::Notice));
/// assert!("loud".parse::<Level>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Level {
    /// For who looks for a fault.
    Debug,
    /// What happens: a request was served, a job was done.
    Info,
    /// Normal, and worth noticing.
    Notice,
    /// Not wrong, not wanted either: something old is used, a limit is near.
    Warning,
    /// Something failed; nobody has to be woken.
    Error,
    /// A part of the system does not work.
    Critical,
    /// Somebody has to act at once.
    Alert,
    /// Nothing works any more.
    Emergency,
}

impl Level {
    /// All of them, least grave first.
    pub const ALL: [Self; 8] = [
        Self::Debug,
        Self::Info,
        Self::Notice,
        Self::Warning,
        Self::Error,
        Self::Critical,
        Self::Alert,
        Self::Emergency,
    ];

    /// The name, as PSR-3 writes it: `notice`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
            Self::Alert => "alert",
            Self::Emergency => "emergency",
        }
    }

    /// The name for a line that people read: `NOTICE`.
    #[must_use]
    pub const fn as_upper_str(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Notice => "NOTICE",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
            Self::Critical => "CRITICAL",
            Self::Alert => "ALERT",
            Self::Emergency => "EMERGENCY",
        }
    }

    /// `SeverityNumber` of OpenTelemetry's log data model: 5 (debug) to 21 (emergency).
    ///
    /// The numbers are those which the model's appendix gives for syslog.
    #[must_use]
    pub const fn severity_number(self) -> u8 {
        match self {
            Self::Debug => 5,
            Self::Info => 9,
            Self::Notice => 10,
            Self::Warning => 13,
            Self::Error => 17,
            Self::Critical => 18,
            Self::Alert => 19,
            Self::Emergency => 21,
        }
    }

    /// The level of tracing that a record of this level has: the graver four are all `ERROR`.
    #[must_use]
    pub const fn as_tracing(self) -> tracing::Level {
        match self {
            Self::Debug => tracing::Level::DEBUG,
            Self::Info | Self::Notice => tracing::Level::INFO,
            Self::Warning => tracing::Level::WARN,
            Self::Error | Self::Critical | Self::Alert | Self::Emergency => tracing::Level::ERROR,
        }
    }

    fn from_number(number: u8) -> Self {
        Self::ALL[usize::from(number).min(Self::ALL.len() - 1)]
    }
}

/// What an event of tracing is where it has no field `severity`; `TRACE` is debug as well.
impl From<tracing::Level> for Level {
    fn from(level: tracing::Level) -> Self {
        match level {
            tracing::Level::ERROR => Self::Error,
            tracing::Level::WARN => Self::Warning,
            tracing::Level::INFO => Self::Info,
            _ => Self::Debug,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Level {
    type Err = UnknownLevel;

    /// Reads a name in any case; `warn`, `crit`, `emerg` and `panic` are not names.
    fn from_str(name: &str) -> Result<Self, UnknownLevel> {
        let known = Self::ALL.into_iter().find(|level| name.eq_ignore_ascii_case(level.as_str()));
        known.ok_or_else(|| UnknownLevel(name.chars().take(MAX_NAME).collect()))
    }
}

/// A name that is none of the eight levels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownLevel(String);

impl fmt::Display for UnknownLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no level; the levels are", self.0)?;
        for (index, level) in Level::ALL.into_iter().enumerate() {
            write!(f, "{} {level}", if index == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl Error for UnknownLevel {}

/// A level that is read for each record and may be changed at any time.
#[derive(Debug)]
pub(crate) struct LevelCell(AtomicU8);

impl LevelCell {
    pub(crate) fn new(level: Level) -> Self {
        Self(AtomicU8::new(level as u8))
    }

    #[inline]
    pub(crate) fn level(&self) -> Level {
        Level::from_number(self.0.load(Ordering::Relaxed))
    }

    pub(crate) fn set(&self, level: Level) {
        self.0.store(level as u8, Ordering::Relaxed);
    }
}

/// How much of a wrong name an error repeats, in characters.
const MAX_NAME: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_in_any_case() {
        for level in Level::ALL {
            assert_eq!(level.as_str().parse(), Ok(level));
            assert_eq!(level.as_upper_str().parse(), Ok(level));
        }
    }

    #[test]
    fn an_unknown_name_is_an_error_that_names_the_levels() {
        let error = "loud".parse::<Level>().unwrap_err().to_string();
        assert!(error.contains("\"loud\"") && error.contains("emergency"), "{error}");
        let error = "x".repeat(1_000).parse::<Level>().unwrap_err().to_string();
        assert!(error.len() < 200, "{error}");
    }

    #[test]
    fn severity_numbers_are_those_of_opentelemetry_and_tracing_keeps_the_order() {
        let numbers = Level::ALL.map(Level::severity_number);
        assert_eq!(numbers, [5, 9, 10, 13, 17, 18, 19, 21]);
        for pair in Level::ALL.windows(2) {
            assert!(pair[0].as_tracing() >= pair[1].as_tracing());
        }
    }

    #[test]
    fn a_cell_gives_what_was_set() {
        let cell = LevelCell::new(Level::Info);
        for level in Level::ALL {
            cell.set(level);
            assert_eq!(cell.level(), level);
        }
    }
}
