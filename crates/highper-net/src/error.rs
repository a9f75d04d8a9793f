//! Why a server could not start, or did not end as it should.

use std::{fmt, io, path::Path};

use crate::listen::{Form, ListenAddress, UnixName};

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
    Twice(ListenAddress),
    Listen {
        address: ListenAddress,
        source: io::Error,
    },
    /// What another process has handed over is not what it should be; the rest of the sentence.
    Inherited {
        address: ListenAddress,
        reason: String,
    },
    /// It is to speak TLS, and the service does not.
    NoTls(ListenAddress),
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
                 0.0.0.0:8080 or [::1]:8080 (names are not looked up), unix:/run/app.sock, or \
                 systemd"
            ),
            Self::Twice(address) => {
                write!(f, "cannot listen on {address} twice: name each address once")
            }
            Self::Listen { address, source } => {
                write!(f, "cannot listen on {address}: ")?;
                match address.form() {
                    Form::Unix(name) => explain_unix(f, name, source),
                    Form::Tcp(address) => explain_tcp(f, address.port(), source),
                    Form::Inherited(_) | Form::Bad(_) => write!(f, "{source}"),
                }
            }
            Self::Inherited { address, reason } => {
                write!(f, "cannot listen on {address}: {reason}")
            }
            Self::NoTls(address) => write!(
                f,
                "cannot serve {address}: the service does not speak TLS; give it a certificate, or \
                 write http:// in front of the address"
            ),
            Self::Setting(sentence) => f.write_str(sentence),
            Self::Worker { name, reason } => write!(f, "{name} failed: {reason}"),
        }
    }
}

fn explain_tcp(f: &mut fmt::Formatter<'_>, port: u16, source: &io::Error) -> fmt::Result {
    match (source.kind(), port) {
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
            "this machine does not have this address; use one that `ip address` lists, or \
             0.0.0.0 for all of them",
        ),
        _ => write!(f, "{source}"),
    }
}

fn explain_unix(f: &mut fmt::Formatter<'_>, name: &UnixName, source: &io::Error) -> fmt::Result {
    let folder = name.file().and_then(Path::parent).unwrap_or(Path::new("")).display();
    match source.kind() {
        io::ErrorKind::AddrInUse => f.write_str(
            "the socket is in use; stop the program that listens there (`ss -xlp` names it) or \
             choose another name",
        ),
        io::ErrorKind::AlreadyExists => {
            f.write_str("there is a file that is no socket; remove it or choose another path")
        }
        io::ErrorKind::NotFound => write!(f, "there is no folder `{folder}`; create it"),
        io::ErrorKind::PermissionDenied => write!(
            f,
            "permission denied; let this program's user write in `{folder}`, and reach it"
        ),
        io::ErrorKind::Unsupported => f.write_str(
            "names that begin with @ are known to Linux alone; choose the path of a file",
        ),
        _ => write!(f, "{source}"),
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
                address: "0.0.0.0:80".into(),
                source: io::ErrorKind::PermissionDenied.into(),
            },
            Problem::Listen {
                address: "127.0.0.1:8080".into(),
                source: io::ErrorKind::AddrInUse.into(),
            },
            Problem::Listen {
                address: "unix:/run/shop/app.sock".into(),
                source: io::ErrorKind::NotFound.into(),
            },
            Problem::Inherited {
                address: "fd:3".into(),
                reason: "descriptor 3 is not a stream socket".to_owned(),
            },
        ]);
        let text = error.to_string();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 5);
        assert!(lines[0].contains("\"example\"") && lines[0].contains("write IP:PORT"));
        assert!(lines[1].contains("0.0.0.0:80") && lines[1].contains("CAP_NET_BIND_SERVICE"));
        assert!(lines[2].contains("127.0.0.1:8080") && lines[2].contains("another port"));
        assert!(lines[3].contains("app.sock") && lines[3].contains("no folder `/run/shop`"));
        assert!(lines[4].contains("fd:3: descriptor 3"));
        assert!(error.is_invalid_address() && error.is_address_in_use());
    }
}
