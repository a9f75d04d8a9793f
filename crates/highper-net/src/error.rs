//! Why a server could not start, or did not end as it should.

use std::{fmt, io, net::SocketAddr};

use crate::listen::ListenAddress;

/// Why a server could not start, or did not end as it should.
///
/// It holds every problem that was found, not the first one only: `Display` gives each a line of
/// its own, which names the address or the setting and says what to do.
pub struct Error {
    problems: Vec<Problem>,
}

#[derive(Debug)]
pub(crate) enum Problem {
    /// What was to be an address is none.
    Address(ListenAddress),
    Twice(SocketAddr),
    Listen {
        address: SocketAddr,
        source: io::Error,
    },
    /// A setting out of its range; the sentence names it and the range.
    Setting(&'static str),
    Worker {
        name: String,
        reason: String,
    },
}

impl Error {
    pub(crate) fn new(problems: Vec<Problem>) -> Self {
        Self { problems }
    }

    /// Is something else already listening on one of the addresses?
    #[must_use]
    pub fn is_address_in_use(&self) -> bool {
        self.problems.iter().any(|problem| {
            matches!(problem, Problem::Listen { source, .. } if source.kind() == io::ErrorKind::AddrInUse)
        })
    }

    /// Is one of the addresses not an address at all?
    #[must_use]
    pub fn is_invalid_address(&self) -> bool {
        self.problems.iter().any(|problem| matches!(problem, Problem::Address(_)))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

// The same sentences: a `main` that returns this error prints its Debug form.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(text) => write!(
                f,
                "cannot listen on {text}: not an address; write IP:PORT, such as 127.0.0.1:8080, \
                 0.0.0.0:8080 or [::1]:8080 (names are not looked up)"
            ),
            Self::Twice(address) => {
                write!(f, "cannot listen on {address} twice: name each address once")
            }
            Self::Listen { address, source } => {
                write!(f, "cannot listen on {address}: ")?;
                match (source.kind(), address.port()) {
                    (io::ErrorKind::AddrInUse, port) => write!(
                        f,
                        "the port is in use; stop the program that listens there \
                         (`ss -ltnp 'sport = :{port}'` names it) or choose another port"
                    ),
                    (io::ErrorKind::PermissionDenied, port @ 1..1024) => write!(
                        f,
                        "permission denied; choose a port from 1024 up, or grant this program \
                         CAP_NET_BIND_SERVICE for port {port}"
                    ),
                    (io::ErrorKind::AddrNotAvailable, _) => f.write_str(
                        "this machine does not have this address; use one that `ip address` \
                         lists, or 0.0.0.0 for all of them",
                    ),
                    _ => write!(f, "{source}"),
                }
            }
            Self::Setting(sentence) => f.write_str(sentence),
            Self::Worker { name, reason } => write!(f, "{name} failed: {reason}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_has_a_line_that_names_its_address_and_a_remedy() {
        let error = Error::new(vec![
            Problem::Address("example".into()),
            Problem::Listen {
                address: ([0, 0, 0, 0], 80).into(),
                source: io::ErrorKind::PermissionDenied.into(),
            },
            Problem::Listen {
                address: ([127, 0, 0, 1], 8080).into(),
                source: io::ErrorKind::AddrInUse.into(),
            },
        ]);
        let text = error.to_string();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].contains("\"example\"") && lines[0].contains("write IP:PORT"));
        assert!(lines[1].contains("0.0.0.0:80") && lines[1].contains("CAP_NET_BIND_SERVICE"));
        assert!(lines[2].contains("127.0.0.1:8080") && lines[2].contains("another port"));
        assert!(error.is_invalid_address() && error.is_address_in_use());
    }
}
