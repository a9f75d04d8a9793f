//! A certificate and its key, read from where they are.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};
use rustls::sign::CertifiedKey;

use super::error::Problem;

/// A certificate, with those that lead to its authority, and its private key.
#[derive(Clone, Debug)]
pub(super) struct Certificate {
    pub(super) chain: Pem,
    pub(super) key: Pem,
}

/// Where PEM is.
#[derive(Clone)]
pub(super) enum Pem {
    File(PathBuf),
    Memory { number: usize, bytes: Vec<u8> },
}

impl Certificate {
    /// Reads both; problems of both are told.
    pub(super) fn load(
        &self,
        provider: &CryptoProvider,
        problems: &mut Vec<Problem>,
    ) -> Option<CertifiedKey> {
        let mut told = |problem| problems.push(problem);
        let chain = read_chain(&self.chain).map_err(&mut told).ok();
        let key = read_key(&self.key).map_err(&mut told).ok();
        let (chain, key) = (chain?, key?);
        CertifiedKey::from_der(chain, key, provider)
            .map_err(|source| {
                let (chain, key) = (self.chain.to_string(), self.key.to_string());
                told(match source {
                    rustls::Error::InconsistentKeys(_) => Problem::WrongKey { chain, key },
                    source => Problem::Unusable { chain, key, reason: source.to_string() },
                });
            })
            .ok()
    }
}

/// All certificates of a PEM file, at least one.
pub(super) fn read_chain(from: &Pem) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let bytes = from.read()?;
    let chain: Vec<_> =
        CertificateDer::pem_slice_iter(&bytes).collect::<Result<_, _>>().map_err(|error| {
            Problem::Malformed { from: from.to_string(), reason: error.to_string() }
        })?;
    if chain.is_empty() {
        return Err(Problem::NoCertificate(from.to_string()));
    }
    Ok(chain)
}

fn read_key(from: &Pem) -> Result<PrivateKeyDer<'static>, Problem> {
    PrivateKeyDer::from_pem_slice(&from.read()?).map_err(|error| match error {
        pem::Error::NoItemsFound => Problem::NoKey(from.to_string()),
        error => Problem::Malformed { from: from.to_string(), reason: error.to_string() },
    })
}

impl Pem {
    fn read(&self) -> Result<Cow<'_, [u8]>, Problem> {
        match self {
            Self::Memory { bytes, .. } => Ok(bytes.into()),
            Self::File(path) => std::fs::read(path)
                .map(Cow::Owned)
                .map_err(|source| Problem::Read { path: path.clone(), source }),
        }
    }
}

impl fmt::Display for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Memory { number, .. } => write!(f, "certificate {number}, from memory"),
        }
    }
}

// A key may be among the bytes.
impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
