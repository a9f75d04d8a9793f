//! Why certificates cannot be used.

use std::path::{Path, PathBuf};
use std::{fmt, io};

/// Why certificates cannot be used.
///
/// It holds every problem that was found, not the first one only: `Display` gives each a line of its
/// own, which names the file and says what to do.
pub struct TlsError {
    problems: Vec<TlsProblem>,
}

/// One of the things that keep certificates from being used; `Display` is a sentence that names the file.
pub struct TlsProblem(Problem);

/// Each names the file, or which of the certificates from memory.
pub(super) enum Problem {
    Nothing,
    Read { path: PathBuf, source: io::Error },
    Malformed { from: String, reason: String },
    NoCertificate(String),
    NoKey(String),
    WrongKey { chain: String, key: String },
    Unusable { chain: String, key: String, reason: String },
    NoName(String),
    TwoForOneName { name: String, first: String, second: String },
    Authorities { file: String, reason: String },
    Configuration(String),
    ReadyMade,
}

impl TlsError {
    pub(super) fn new(problems: Vec<Problem>) -> Self {
        Self { problems: problems.into_iter().map(TlsProblem).collect() }
    }

    pub(super) fn ready_made() -> Self {
        Self::new(vec![Problem::ReadyMade])
    }

    /// Can one of the files not be read?
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        self.problems.iter().any(|problem| matches!(problem.0, Problem::Read { .. }))
    }

    /// Every problem that was found.
    pub fn problems(&self) -> impl Iterator<Item = &TlsProblem> {
        self.problems.iter()
    }
}

impl TlsProblem {
    /// Is it this file that is to be looked at? Of a certificate and a key that do not go together it is
    /// the key.
    #[must_use]
    pub fn is_about(&self, file: &Path) -> bool {
        let is_file = |from: &String| *from == file.display().to_string();
        match &self.0 {
            Problem::Read { path, .. } => path == file,
            Problem::Malformed { from, .. } | Problem::NoCertificate(from) => is_file(from),
            Problem::NoKey(from) | Problem::NoName(from) => is_file(from),
            Problem::WrongKey { key, .. } => is_file(key),
            Problem::Unusable { chain, .. } => is_file(chain),
            Problem::TwoForOneName { second, .. } => is_file(second),
            Problem::Authorities { file, .. } => is_file(file),
            Problem::Nothing | Problem::Configuration(_) | Problem::ReadyMade => false,
        }
    }
}

impl fmt::Display for TlsError {
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
impl fmt::Debug for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for TlsError {}

impl fmt::Display for TlsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for TlsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str(
                "TLS has no certificate: give one with `certificate_files` or `certificate_pem`",
            ),
            Self::Read { path, source } => {
                write!(f, "{}: cannot be read: {source}", path.display())
            }
            Self::Malformed { from, reason } => {
                write!(f, "{from}: malformed: {reason}; write it anew as PEM")
            }
            Self::NoCertificate(from) => write!(
                f,
                "{from}: no certificate in it; it has to hold `-----BEGIN CERTIFICATE-----`"
            ),
            Self::NoKey(from) => write!(
                f,
                "{from}: no private key in it; it has to hold `-----BEGIN PRIVATE KEY-----` \
                 (PKCS #8), or that of PKCS #1 or SEC 1, not encrypted"
            ),
            Self::WrongKey { chain, key } => write!(
                f,
                "{key}: not the key of the first certificate in {chain}; the server's own \
                 certificate stands first, those that lead to its authority after it"
            ),
            Self::Unusable { chain, key, reason } => {
                write!(f, "{chain} and {key}: cannot be used: {reason}")
            }
            Self::NoName(from) => write!(
                f,
                "{from}: no DNS name in it, so that no client would ever get it; leave it out, or \
                 give it a subject alternative name"
            ),
            Self::TwoForOneName { name, first, second } => {
                write!(f, "{first} and {second}: both are for the name {name}; leave one out")
            }
            Self::Authorities { file, reason } => {
                write!(f, "{file}: cannot be used to check clients' certificates: {reason}")
            }
            Self::Configuration(reason) => write!(f, "TLS cannot be set up: {reason}"),
            Self::ReadyMade => f.write_str(
                "a configuration that was brought ready-made has no files to read again: have its \
                 own certificate resolver do so",
            ),
        }
    }
}
