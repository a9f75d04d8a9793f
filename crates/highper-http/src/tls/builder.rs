//! Which certificates a server has, and which it wants of its clients.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};

use super::by_name::ByName;
use super::certificate::{Certificate, Pem, read_chain};
use super::config::Tls;
use super::error::{Problem, TlsError};
use crate::tls_crypto::{Ticketer, default_provider};

/// Gathers certificates and what is wanted of clients: see [`Tls::builder`].
///
/// # Example
/// ```no_run
/// # fn main() -> Result<(), highper_http::TlsError> {
/// let tls = highper_http::Tls::builder()
///     .certificate_files("/etc/shop/shop.example.pem", "/etc/shop/shop.example.key")
///     .certificate_files("/etc/shop/other.example.pem", "/etc/shop/other.example.key")
///     .require_client_certificates("/etc/shop/clients-ca.pem")
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is read before `build`"]
pub struct TlsBuilder {
    sources: Sources,
}

/// All that is read, at the start and at each reload.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources {
    certificates: Vec<Certificate>,
    refuses_unknown_names: bool,
    clients: Option<Clients>,
}

/// Which certificates of clients are wanted.
#[derive(Clone, Debug)]
struct Clients {
    authorities: PathBuf,
    is_required: bool,
}

impl TlsBuilder {
    /// Adds a certificate: a file with it and those that lead to its authority, in this order, and a
    /// file with its private key (PKCS #8, PKCS #1 or SEC 1). Both are PEM.
    ///
    /// With several, each client gets the one for the name that it asked for (SNI); whoever asks for
    /// another name, or for none, gets the first.
    pub fn certificate_files(
        mut self,
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        let (chain, key) = (Pem::File(certificate.into()), Pem::File(key.into()));
        self.sources.certificates.push(Certificate { chain, key });
        self
    }

    /// Adds a certificate as [`certificate_files`](Self::certificate_files) does, from memory.
    pub fn certificate_pem(
        mut self,
        certificate: impl Into<Vec<u8>>,
        key: impl Into<Vec<u8>>,
    ) -> Self {
        let number = self.sources.certificates.len() + 1;
        let chain = Pem::Memory { number, bytes: certificate.into() };
        let key = Pem::Memory { number, bytes: key.into() };
        self.sources.certificates.push(Certificate { chain, key });
        self
    }

    /// Refuses the handshake of a client that asks for a name which no certificate is for, or for none.
    pub fn refuse_unknown_names(mut self) -> Self {
        self.sources.refuses_unknown_names = true;
        self
    }

    /// Asks clients for a certificate of an authority in this PEM file. Those with none are served
    /// too: look at [`TlsConnection::client_certificates`](crate::TlsConnection::client_certificates).
    pub fn request_client_certificates(mut self, authorities: impl Into<PathBuf>) -> Self {
        let authorities = authorities.into();
        self.sources.clients = Some(Clients { authorities, is_required: false });
        self
    }

    /// Serves only clients with a certificate of an authority in this PEM file.
    pub fn require_client_certificates(mut self, authorities: impl Into<PathBuf>) -> Self {
        let authorities = authorities.into();
        self.sources.clients = Some(Clients { authorities, is_required: true });
        self
    }

    /// Reads all files. It blocks for as long as that takes.
    ///
    /// # Errors
    /// Every problem at once: a file that cannot be read or has no certificate or key in it, a key
    /// that is not its certificate's, two certificates for one name, no certificate at all.
    pub fn build(self) -> Result<Tls, TlsError> {
        Tls::from_sources(self.sources)
    }
}

impl Sources {
    /// A whole configuration anew, so that no session from before a reload is resumed after it.
    pub(super) fn load(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let (provider, mut problems) = (Arc::new(default_provider()), Vec::new());
        let by_name =
            ByName::load(&self.certificates, self.refuses_unknown_names, &provider, &mut problems);
        let verifier = match &self.clients {
            None => Some(WebPkiClientVerifier::no_client_auth()),
            Some(clients) => clients.verifier(&provider, &mut problems),
        };
        let config = verifier.and_then(|verifier| {
            server_config(provider, verifier, by_name)
                .map_err(|error| problems.push(Problem::Configuration(error.to_string())))
                .ok()
        });
        match config {
            Some(config) if problems.is_empty() => Ok(Arc::new(config)),
            _ => Err(TlsError::new(problems)),
        }
    }
}

fn server_config(
    provider: Arc<CryptoProvider>,
    verifier: Arc<dyn ClientCertVerifier>,
    by_name: ByName,
) -> Result<ServerConfig, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::new(by_name));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // A ticket holds the session in the client's memory instead of ours, and no core waits for
    // another's lock.
    config.ticketer = Ticketer::new()?;
    Ok(config)
}

impl Clients {
    fn verifier(
        &self,
        provider: &Arc<CryptoProvider>,
        problems: &mut Vec<Problem>,
    ) -> Option<Arc<dyn ClientCertVerifier>> {
        let file = Pem::File(self.authorities.clone());
        let certificates = read_chain(&file).map_err(|problem| problems.push(problem)).ok()?;
        let verifier = roots(certificates).and_then(|roots| {
            let builder =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
            let builder = if self.is_required { builder } else { builder.allow_unauthenticated() };
            builder.build().map_err(|error| error.to_string())
        });
        verifier
            .map_err(|reason| {
                problems.push(Problem::Authorities { file: file.to_string(), reason });
            })
            .ok()
    }
}

fn roots(certificates: Vec<CertificateDer<'static>>) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for (index, certificate) in certificates.into_iter().enumerate() {
        roots.add(certificate).map_err(|error| format!("certificate {}: {error}", index + 1))?;
    }
    Ok(roots)
}
