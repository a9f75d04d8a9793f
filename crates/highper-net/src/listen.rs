//! The addresses to listen on: as they are written, and as they are bound.

use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

/// An address to listen on, as a [`SocketAddr`] or as text that becomes one.
///
/// | text | what |
/// |---|---|
/// | `127.0.0.1:8080`, `[::1]:8080` | an IP address and a port |
/// | `unix:/run/app.sock` | a Unix socket with a file |
/// | `unix:@app` | a Unix socket in Linux' abstract name space, without a file |
/// | `systemd` | every socket that the service manager has opened for this process |
/// | `systemd:NAME` | those among them with this `FileDescriptorName=` |
/// | `fd:3` | the one with this number |
///
/// Each may have `http://` or `https://` in front, the [`Scheme`] of those who connect there.
///
/// Text is parsed by [`ServerBuilder::build`](crate::ServerBuilder::build), which reports a bad
/// one together with all other problems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenAddress {
    scheme: Option<Scheme>,
    form: Form,
}

/// What is spoken at an address where a service has the choice, as one that knows TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `http://`: without TLS.
    Http,
    /// `https://`: with TLS. A server whose service does not speak it
    /// ([`Serve::speaks_tls`](crate::Serve::speaks_tls)) does not start.
    Https,
}

/// What an address is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Tcp(SocketAddr),
    Unix(UnixName),
    /// Sockets that somebody else has opened for this process.
    Inherited(Which),
    Bad(String),
}

/// The name of a Unix socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UnixName {
    File(PathBuf),
    /// Without the NUL byte that it begins with.
    Abstract(String),
}

/// Which of the sockets that the service manager has opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    All,
    Named(String),
    Number(u32),
}

impl ListenAddress {
    pub(crate) fn form(&self) -> &Form {
        &self.form
    }

    /// What is spoken there; None: what the service speaks.
    #[must_use]
    pub fn scheme(&self) -> Option<Scheme> {
        self.scheme
    }

    /// Do both stand for the same sockets, whatever is spoken there?
    pub(crate) fn is_same_place(&self, other: &Self) -> bool {
        self.form == other.form
    }

    /// Does it stand for sockets that the service manager opens, so that their number and addresses
    /// are not known from the text?
    #[must_use]
    pub fn is_inherited(&self) -> bool {
        matches!(self.form, Form::Inherited(_))
    }
}

impl From<SocketAddr> for ListenAddress {
    fn from(address: SocketAddr) -> Self {
        Self { scheme: None, form: Form::Tcp(address) }
    }
}

impl From<&str> for ListenAddress {
    fn from(whole: &str) -> Self {
        let (scheme, text) = Scheme::split(whole);
        let form = match text.split_once(':') {
            _ if text.chars().any(char::is_control) => None,
            None if text == "systemd" => Some(Form::Inherited(Which::All)),
            Some(("systemd", name)) if !name.is_empty() => {
                Some(Form::Inherited(Which::Named(name.to_owned())))
            }
            Some(("fd", number)) => {
                number.parse().ok().map(|number| Form::Inherited(Which::Number(number)))
            }
            Some(("unix", name)) => UnixName::parse(name).map(Form::Unix),
            _ => text.parse().ok().map(Form::Tcp),
        };
        match form {
            Some(form) => Self { scheme, form },
            None => Self { scheme: None, form: Form::Bad(whole.to_owned()) },
        }
    }
}

impl From<String> for ListenAddress {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

/// As it is written; text that is no address is quoted, control characters escaped.
impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.scheme.map_or("", Scheme::prefix))?;
        match &self.form {
            Form::Tcp(address) => address.fmt(f),
            Form::Unix(name) => name.fmt(f),
            Form::Inherited(Which::All) => f.write_str("systemd"),
            Form::Inherited(Which::Named(name)) => write!(f, "systemd:{name}"),
            Form::Inherited(Which::Number(number)) => write!(f, "fd:{number}"),
            Form::Bad(text) => write!(f, "{text:?}"),
        }
    }
}

impl Scheme {
    fn split(text: &str) -> (Option<Self>, &str) {
        let stripped = |scheme: Self| Some((Some(scheme), text.strip_prefix(scheme.prefix())?));
        stripped(Self::Http).or_else(|| stripped(Self::Https)).unwrap_or((None, text))
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Http => "http://",
            Self::Https => "https://",
        }
    }
}

impl UnixName {
    fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix('@') {
            Some("") => None,
            Some(name) => Some(Self::Abstract(name.to_owned())),
            None => (!text.is_empty()).then(|| Self::File(text.into())),
        }
    }

    /// The file, if it has one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Abstract(_) => None,
        }
    }
}

impl fmt::Display for UnixName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "unix:{}", path.display()),
            Self::Abstract(name) => write!(f, "unix:@{name}"),
        }
    }
}

/// An address that is bound. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Endpoint {
    /// An IP address and a port, the real one where 0 was asked for.
    Tcp(SocketAddr),
    /// A Unix socket, written as in [`ListenAddress`].
    Unix(Arc<str>),
}

impl Endpoint {
    /// The IP address and port; none for a Unix socket.
    #[must_use]
    pub fn tcp(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address) => Some(*address),
            Self::Unix(_) => None,
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_an_address_is_written_as_it_was_read() {
        for text in [
            "127.0.0.1:80",
            "[::1]:8080",
            "unix:/run/app.sock",
            "unix:app.sock",
            "unix:@app",
            "systemd",
            "systemd:web",
            "fd:3",
            "http://127.0.0.1:80",
            "https://[::1]:443",
            "https://systemd:web",
            "http://unix:/run/app.sock",
        ] {
            let address = ListenAddress::from(text);
            assert!(!matches!(address.form(), Form::Bad(_)), "{text}");
            assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn what_is_none_is_bad() {
        for text in [
            "",
            "8080",
            "localhost:80",
            "unix:",
            "unix:@",
            "systemd:",
            "fd:",
            "fd:x",
            "unix:a\nb",
            "https://",
            "ftp://127.0.0.1:21",
            "http://https://127.0.0.1:443",
            "https://127.0.0.1:443/",
        ] {
            assert_eq!(ListenAddress::from(text).form(), &Form::Bad(text.to_owned()));
        }
    }
}
