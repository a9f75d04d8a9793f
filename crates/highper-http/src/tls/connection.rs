//! What TLS tells about a connection.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::{ProtocolVersion, ServerConnection};

/// What TLS tells about the connection of a request: one of the request's extensions, where TLS is
/// used. Cheap to clone.
///
/// # Example
/// ```
/// use highper_core::{IntoResponse, Request, Response, http::StatusCode};
/// use highper_http::TlsConnection;
///
/// async fn handle(request: Request) -> Response {
///     match request.extensions().get::<TlsConnection>() {
///         Some(tls) if !tls.client_certificates().is_empty() => "hello, client".into_response(),
///         _ => StatusCode::FORBIDDEN.into_response(),
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct TlsConnection(Arc<Told>);

#[derive(Debug)]
struct Told {
    server_name: Option<String>,
    alpn: Option<Vec<u8>>,
    version: Option<ProtocolVersion>,
    client_certificates: Vec<CertificateDer<'static>>,
}

impl TlsConnection {
    pub(super) fn of(connection: &ServerConnection) -> Self {
        Self(Arc::new(Told {
            server_name: connection.server_name().map(str::to_owned),
            alpn: connection.alpn_protocol().map(<[u8]>::to_vec),
            version: connection.protocol_version(),
            client_certificates: connection
                .peer_certificates()
                .map(<[_]>::to_vec)
                .unwrap_or_default(),
        }))
    }

    /// The name that the client asked for (SNI). It may differ from the request's `Host`.
    #[must_use]
    pub fn server_name(&self) -> Option<&str> {
        self.0.server_name.as_deref()
    }

    /// What was agreed upon by ALPN: `h2` or `http/1.1`.
    #[must_use]
    pub fn alpn(&self) -> Option<&[u8]> {
        self.0.alpn.as_deref()
    }

    /// The version of TLS.
    #[must_use]
    pub fn version(&self) -> Option<ProtocolVersion> {
        self.0.version
    }

    /// The client's certificate and those that lead to its authority, in this order and verified;
    /// empty where it showed none or was not asked.
    #[must_use]
    pub fn client_certificates(&self) -> &[CertificateDer<'static>] {
        &self.0.client_certificates
    }
}
