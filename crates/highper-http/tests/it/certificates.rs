//! Certificates for a test, in files of its own, and a client that trusts their authority.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use highper_http::rustls::pki_types::pem::PemObject;
use highper_http::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use highper_http::rustls::{ClientConfig, HandshakeKind, RootCertStore, ServerConfig};
use highper_http::{Http, Limits, Tls};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::support::{Running, Service, each_engine, read_to_end};

/// An authority, and the folder in which its certificates are.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
}

impl Authority {
    pub(crate) fn new() -> Self {
        static FOLDERS: AtomicU32 = AtomicU32::new(0);
        let name = format!("certificates-{}-{}", std::process::id(), FOLDERS.fetch_add(1, Relaxed));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Its own, or openssl takes the certificates for signed by themselves.
        params.distinguished_name.push(DnType::CommonName, "authority of a test");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        std::fs::write(folder.join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes `NAME.pem` and `NAME.key`, a certificate for these names.
    pub(crate) fn issue(&self, name: &str, names: &[&str]) -> (PathBuf, PathBuf) {
        let key = KeyPair::generate().unwrap();
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        let certificate =
            CertificateParams::new(names).unwrap().signed_by(&key, &self.issuer).unwrap();
        let files = (self.path(&format!("{name}.pem")), self.path(&format!("{name}.key")));
        // Replaced as a whole, as whoever rotates certificates does.
        for (path, text) in [(&files.0, certificate.pem()), (&files.1, key.serialize_pem())] {
            let new = path.with_extension("new");
            std::fs::write(&new, text).unwrap();
            std::fs::rename(&new, path).unwrap();
        }
        files
    }

    /// A server with one certificate, for `localhost`.
    pub(crate) fn serve(&self, limits: Limits) -> Running {
        Running::serve(Http::new(Service).limits(limits).tls(self.for_localhost()))
    }

    /// One such server after the other, each with another HTTP/1 engine.
    pub(crate) fn serve_on_each_engine(&self, limits: Limits) -> impl Iterator<Item = Running> {
        let tls = self.for_localhost();
        each_engine().map(move |engine| {
            let http = Http::new(Service).limits(limits.clone()).http1(engine);
            Running::serve(http.tls(tls.clone()))
        })
    }

    fn for_localhost(&self) -> Tls {
        let (certificate, key) = self.issue("localhost", &["localhost"]);
        Tls::builder().certificate_files(certificate, key).build().unwrap()
    }

    /// A configuration that somebody made with rustls alone.
    pub(crate) fn ready_made(&self, files: &(PathBuf, PathBuf)) -> Arc<ServerConfig> {
        let chain = vec![CertificateDer::from_pem_file(&files.0).unwrap()];
        let key = PrivateKeyDer::from_pem_file(&files.1).unwrap();
        let config = ServerConfig::builder().with_no_client_auth();
        Arc::new(config.with_single_cert(chain, key).unwrap())
    }

    pub(crate) fn client(&self) -> Client {
        let authority = self.path("ca.pem");
        Client { authority, alpn: Vec::new(), identity: None, remembered: None }
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A client of TLS, made anew for each connection, so that none resumes a session unless it is to.
#[derive(Clone)]
pub(crate) struct Client {
    authority: PathBuf,
    alpn: Vec<Vec<u8>>,
    identity: Option<(PathBuf, PathBuf)>,
    remembered: Option<Arc<ClientConfig>>,
}

impl Client {
    pub(crate) fn alpn(mut self, protocol: &str) -> Self {
        self.alpn.push(protocol.into());
        self
    }

    pub(crate) fn identity(mut self, files: (PathBuf, PathBuf)) -> Self {
        self.identity = Some(files);
        self
    }

    pub(crate) fn remembering(mut self) -> Self {
        self.remembered = Some(self.config());
        self
    }

    /// Connects and exchanges a message, and tells whether a session from before was resumed.
    pub(crate) async fn resumes(&self, server: &Running) -> bool {
        let mut stream = self.connect(server, "localhost").await.unwrap();
        // The tickets come with the first bytes after the handshake.
        let request = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await.unwrap();
        read_to_end(&mut stream).await;
        stream.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed)
    }

    pub(crate) async fn connect(
        &self,
        server: &Running,
        name: &str,
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let socket = server.connect().await;
        socket.set_nodelay(true)?;
        let name = ServerName::try_from(name.to_owned()).unwrap();
        TlsConnector::from(self.config()).connect(name, socket).await
    }

    fn config(&self) -> Arc<ClientConfig> {
        if let Some(remembered) = &self.remembered {
            return Arc::clone(remembered);
        }
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(&self.authority).unwrap()).unwrap();
        let config = ClientConfig::builder().with_root_certificates(roots);
        let mut config = match &self.identity {
            None => config.with_no_client_auth(),
            Some((certificate, key)) => {
                let chain = vec![CertificateDer::from_pem_file(certificate).unwrap()];
                let key = PrivateKeyDer::from_pem_file(key).unwrap();
                config.with_client_auth_cert(chain, key).unwrap()
            }
        };
        config.alpn_protocols.clone_from(&self.alpn);
        Arc::new(config)
    }
}
