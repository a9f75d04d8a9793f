//! Leaving HTTP/1.1 for another protocol on the same connection (RFC 9110, section 7.8), or HTTP/2 on the
//! same stream (RFC 8441).

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use highper_core::{Container, Error, FromRequest, MissingBinding, Request, Response};
use highper_net::{Drain, Stream};
use http::StatusCode;
use http::header::UPGRADE;
use hyper::ext::Protocol;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot::{self, Receiver, Sender};

use crate::h2::Held;
use crate::transport::Transport;

/// The connection of a request that asks for another protocol. Answer 101 with the header `upgrade: NAME`, and
/// await [`established`](Self::established) in a task.
///
/// Over HTTP/2 it is one stream, and the 101 goes out as what stands for it there.
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
///     (StatusCode::SWITCHING_PROTOCOLS, [("upgrade", "echo")], "").into_response()
/// }
/// ```
#[derive(Debug)]
pub struct Upgrade(Kind);

/// Whose engine gives the connection away.
#[derive(Debug)]
enum Kind {
    Hyper(OnUpgrade, Option<Stay>),
    Native(Receiver<Upgraded>),
}

/// What a stream of HTTP/2 has of its connection.
#[derive(Clone, Debug)]
struct Stay {
    drain: Drain,
    /// The connection is not quiet meanwhile.
    _held: Held,
}

/// The promise of a connection, as it stands with a request.
#[derive(Clone)]
struct Promise(Arc<Mutex<Option<Receiver<Upgraded>>>>);

/// The end of a promise that the connection holds.
pub(crate) struct Offer(Sender<Upgraded>);

/// Promises the handler of a request its connection.
pub(crate) fn offer(request: &mut Request) -> Offer {
    let (sender, receiver) = oneshot::channel();
    request.extensions_mut().insert(Promise(Arc::new(Mutex::new(Some(receiver)))));
    Offer(sender)
}

/// Tells the handler of a request of HTTP/2, which the engine has promised its stream, of its connection.
pub(crate) fn offer_stream(request: &mut Request, drain: Drain, held: Held) {
    request.extensions_mut().insert(Stay { drain, _held: held });
}

/// The protocol that a request of HTTP/2 asks for (RFC 8441, section 4).
pub(crate) fn protocol(request: &Request) -> Option<&str> {
    request.extensions().get().map(Protocol::as_str)
}

/// Does an answer name what may be spoken instead? That is an option of the connection then (RFC 9110,
/// section 7.8).
#[inline]
pub(crate) fn names_upgrade(response: &Response) -> bool {
    matches!(response.status(), StatusCode::SWITCHING_PROTOCOLS | StatusCode::UPGRADE_REQUIRED)
        && response.header(UPGRADE).is_some()
}

impl Offer {
    /// Keeps the promise. What was read after the request belongs to the other protocol.
    pub(crate) fn accept(self, stream: Transport, rest: BytesMut, drain: Drain) {
        // Where nobody waits for it, the connection is closed.
        let _ = self.0.send(Upgraded(Carrier::Native { stream, rest, drain }));
    }
}

impl Upgrade {
    /// The protocol that a request of HTTP/2 asks for (RFC 8441); one of HTTP/1.1 says it in its field
    /// `upgrade`, and has none here.
    #[must_use]
    pub fn protocol(request: &Request) -> Option<&str> {
        protocol(request)
    }

    /// The connection, once the 101 has been written.
    ///
    /// # Errors
    /// If the answer was not a 101, or the peer went away.
    pub async fn established(self) -> io::Result<Upgraded> {
        match self.0 {
            Kind::Hyper(upgrade, stay) => {
                let upgraded = upgrade.await.map_err(io::Error::other)?;
                Ok(Upgraded(Carrier::Hyper(TokioIo::new(upgraded), stay)))
            }
            Kind::Native(promise) => promise
                .await
                .map_err(|_| io::Error::other("the connection was not given to another protocol")),
        }
    }
}

impl FromRequest for Upgrade {
    type Bound = ();
    type Rejection = Error;

    fn bind(_: &Container) -> Result<(), MissingBinding> {
        Ok(())
    }

    async fn from_request((): &(), request: &mut Request) -> Result<Self, Error> {
        let extensions = request.extensions_mut();
        let native = extensions.remove::<Promise>().and_then(Promise::take).map(Kind::Native);
        let upgrade = native.or_else(|| {
            let stay = extensions.remove();
            extensions.remove().map(|upgrade| Kind::Hyper(upgrade, stay))
        });
        upgrade.map(Self).ok_or_else(|| {
            Error::new(
                StatusCode::UPGRADE_REQUIRED,
                "this is for another protocol: send the headers Connection: upgrade and Upgrade",
            )
            .with_code("upgrade_required")
        })
    }
}

impl Promise {
    fn take(self) -> Option<Receiver<Upgraded>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The bytes of a connection after an upgrade.
#[derive(Debug)]
pub struct Upgraded(Carrier);

impl Upgraded {
    /// The socket itself, what was read from it already, and the word of the server's end: for protocols
    /// whose connections [park](Stream::park_as). What comes from here looks for the end itself.
    ///
    /// # Errors
    /// The same again, where something stands between the socket and its bytes: TLS, or hyper's engine.
    pub fn into_stream(self) -> Result<(Stream, BytesMut, Drain), Box<Self>> {
        match self.0 {
            Carrier::Native { stream: Transport::Plain(stream), rest, drain } => {
                Ok((stream, rest, drain))
            }
            other => Err(Box::new(Self(other))),
        }
    }

    /// The word of the server's end; with hyper's engine of HTTP/1 it never comes.
    #[must_use]
    pub fn drain(&self) -> Drain {
        match &self.0 {
            Carrier::Native { drain, .. } => drain.clone(),
            Carrier::Hyper(_, Some(stay)) => stay.drain.clone(),
            Carrier::Hyper(_, None) => Drain::never(),
        }
    }
}

enum Carrier {
    Hyper(TokioIo<hyper::upgrade::Upgraded>, Option<Stay>),
    Native { stream: Transport, rest: BytesMut, drain: Drain },
}

impl std::fmt::Debug for Carrier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Carrier")
    }
}

impl AsyncRead for Upgraded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.0 {
            Carrier::Hyper(io, _) => Pin::new(io).poll_read(cx, buf),
            Carrier::Native { rest, .. } if !rest.is_empty() => {
                let given = rest.len().min(buf.remaining());
                buf.put_slice(&rest.split_to(given));
                Poll::Ready(Ok(()))
            }
            Carrier::Native { stream, .. } => {
                let read = ready!(stream.poll_read(cx, buf.initialize_unfilled()))?;
                buf.advance(read);
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl AsyncWrite for Upgraded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.0 {
            Carrier::Hyper(io, _) => Pin::new(io).poll_write(cx, bytes),
            Carrier::Native { stream, .. } => stream.poll_write(cx, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.0 {
            Carrier::Hyper(io, _) => Pin::new(io).poll_flush(cx),
            Carrier::Native { stream, .. } => stream.poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.0 {
            Carrier::Hyper(io, _) => Pin::new(io).poll_shutdown(cx),
            Carrier::Native { stream, .. } => stream.poll_shutdown(cx),
        }
    }
}
