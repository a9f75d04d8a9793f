//! Why a body could not be read to its end.

use std::fmt;

use http::StatusCode;

use crate::{BoxError, Error, IntoResponse, Response};

/// A body could not be read to its end.
#[derive(Debug)]
pub struct BodyError(Kind);

#[derive(Debug)]
enum Kind {
    TooLarge { limit: u64 },
    TimedOut { source: BoxError },
    Malformed { source: BoxError },
    Disconnected { source: BoxError },
}

impl BodyError {
    /// More than `limit` bytes came, or were announced.
    #[must_use]
    pub fn too_large(limit: u64) -> Self {
        Self(Kind::TooLarge { limit })
    }

    /// The bytes that came break the framing of the protocol.
    #[must_use]
    pub fn malformed(source: impl Into<BoxError>) -> Self {
        Self(Kind::Malformed { source: source.into() })
    }

    /// No bytes came for too long.
    #[must_use]
    pub fn timed_out(source: impl Into<BoxError>) -> Self {
        Self(Kind::TimedOut { source: source.into() })
    }

    /// Sorts an engine's error: one of ours is passed on, an I/O error by its kind.
    pub(crate) fn from_source(source: BoxError) -> Self {
        match source.downcast::<Self>() {
            Ok(ours) => *ours,
            Err(source) => Self(match io_kind(&*source) {
                Some(std::io::ErrorKind::InvalidData) => Kind::Malformed { source },
                Some(std::io::ErrorKind::TimedOut) => Kind::TimedOut { source },
                _ => Kind::Disconnected { source },
            }),
        }
    }

    /// True if it was over its limit.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        matches!(self.0, Kind::TooLarge { .. })
    }

    /// True if its framing was broken.
    #[must_use]
    pub fn is_malformed(&self) -> bool {
        matches!(self.0, Kind::Malformed { .. })
    }

    /// True if the peer took too long.
    #[must_use]
    pub fn is_timed_out(&self) -> bool {
        matches!(self.0, Kind::TimedOut { .. })
    }

    /// True if the peer went away.
    #[must_use]
    pub fn is_disconnected(&self) -> bool {
        matches!(self.0, Kind::Disconnected { .. })
    }

    /// The status that answers it (RFC 9110, sections 15.5.14, 15.5.9 and 15.5.1).
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self.0 {
            Kind::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Kind::TimedOut { .. } => StatusCode::REQUEST_TIMEOUT,
            Kind::Malformed { .. } | Kind::Disconnected { .. } => StatusCode::BAD_REQUEST,
        }
    }
}

impl BodyError {
    /// The word for machines.
    pub(crate) fn code(&self) -> &'static str {
        match self.0 {
            Kind::TooLarge { .. } => "body_too_large",
            Kind::TimedOut { .. } => "body_timed_out",
            Kind::Malformed { .. } => "body_malformed",
            Kind::Disconnected { .. } => "body_incomplete",
        }
    }
}

fn io_kind(error: &(dyn std::error::Error + 'static)) -> Option<std::io::ErrorKind> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            return Some(io.kind());
        }
        next = error.source();
    }
    None
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::TooLarge { limit } => {
                write!(f, "the body is larger than the {limit} bytes allowed here")
            }
            Kind::TimedOut { .. } => f.write_str("the body took too long to arrive"),
            Kind::Malformed { .. } => f.write_str("the body's framing is malformed"),
            Kind::Disconnected { .. } => f.write_str("the connection ended before the body did"),
        }
    }
}

impl std::error::Error for BodyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Kind::TooLarge { .. } => None,
            Kind::TimedOut { source }
            | Kind::Malformed { source }
            | Kind::Disconnected { source } => Some(&**source),
        }
    }
}

impl IntoResponse for BodyError {
    fn into_response(self) -> Response {
        Error::from(self).into_response()
    }
}
