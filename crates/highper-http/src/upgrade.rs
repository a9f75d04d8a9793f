//! Leaving HTTP/1.1 for another protocol on the same connection (RFC 9110, section 7.8).

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use highper_core::{Container, Error, FromRequest, MissingBinding, Request};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The connection of a request that asks for another protocol. Answer 101 with the headers
/// `connection: upgrade` and `upgrade: NAME`, and await [`established`](Self::established) in a task.
///
/// # Example
/// ```
/// use highper_core::{IntoResponse, Response, http::StatusCode};
/// use highper_http::Upgrade;
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
///
/// async fn echo(upgrade: Upgrade) -> Response {
///     tokio::spawn(async move {
///         let mut stream = upgrade.established().await?;
///         let byte = stream.read_u8().await?;
///         stream.write_u8(byte).await
///     });
///     (StatusCode::SWITCHING_PROTOCOLS, [("connection", "upgrade"), ("upgrade", "echo")], "").into_response()
/// }
/// ```
#[derive(Debug)]
pub struct Upgrade(OnUpgrade);

impl Upgrade {
    /// The connection, once the 101 has been written.
    ///
    /// # Errors
    /// If the answer was not a 101, or the peer went away.
    pub async fn established(self) -> io::Result<Upgraded> {
        self.0.await.map(|io| Upgraded(TokioIo::new(io))).map_err(io::Error::other)
    }
}

impl FromRequest for Upgrade {
    type Bound = ();
    type Rejection = Error;

    fn bind(_: &Container) -> Result<(), MissingBinding> {
        Ok(())
    }

    async fn from_request((): &(), request: &mut Request) -> Result<Self, Error> {
        request.extensions_mut().remove().map(Self).ok_or_else(|| {
            Error::new(
                http::StatusCode::UPGRADE_REQUIRED,
                "this is for another protocol: send the headers Connection: upgrade and Upgrade",
            )
            .with_code("upgrade_required")
        })
    }
}

/// The bytes of a connection after an upgrade.
#[derive(Debug)]
pub struct Upgraded(TokioIo<hyper::upgrade::Upgraded>);

impl AsyncRead for Upgraded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Upgraded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
