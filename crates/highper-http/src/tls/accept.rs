//! The handshake: a connection becomes one with TLS, or ends and says why.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use bytes::BytesMut;
use highper_net::{Drain, Stream};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsAcceptor;

use super::config::Tls;
use super::session::{Session, Socket};
use crate::Limits;
use crate::h1::framing::Framing;
use crate::h1::linger::finish;
use crate::h1::refusal::Refusal;
use crate::h1::shared::Shared;
use crate::reception::Reception;
use crate::transport::Transport;

impl Tls {
    /// Agrees upon TLS with the peer. None if it did not come to that; the peer has been told why.
    pub(crate) async fn accept(self, stream: Stream, reception: &Reception) -> Option<Transport> {
        let Reception { limits, drain, counters, refusals, .. } = reception;
        let peer = stream.peer_addr();
        let failed = |reason: &dyn std::fmt::Display| {
            counters.0.failed_handshakes.fetch_add(1, Relaxed);
            // A hostile peer can repeat this as often as it likes.
            tracing::debug!(%peer, %reason, "no TLS with this peer");
        };
        let end = Instant::now() + limits.handshake_timeout;
        let mut socket = Socket::new(stream);
        match first_of(&mut socket, end, drain).await {
            First::Tls => {}
            First::Nothing => return None,
            First::PlainHttp => {
                failed(&"it speaks plain HTTP");
                let refusal = Refusal::bad("plain_http", "this port speaks https, not plain http");
                let transport = Transport::Plain(socket.into_stream());
                refusals.tell(&refusal, &transport.ends().connection);
                end_with(transport, &refusal.to_bytes(), limits).await;
                return None;
            }
        }
        let handshake = TlsAcceptor::from(self.config())
            .accept_with(socket, |tls| tls.set_buffer_limit(Some(MAX_WITHHELD)))
            .into_fallible();
        match timeout_at(end, handshake).await {
            Ok(Ok(stream)) => return Some(Transport::Tls(Box::new(Session::new(stream)))),
            Ok(Err((error, socket))) => {
                failed(&error);
                // The alert has been written: the peer shall be able to read it.
                end_with(Transport::Plain(socket.into_stream()), &[], limits).await;
            }
            Err(_elapsed) => failed(&"the handshake took too long"),
        }
        None
    }
}

/// What a peer begins with.
enum First {
    Tls,
    PlainHttp,
    /// It has gone, or is silent for too long, or the server drains.
    Nothing,
}

async fn first_of(socket: &mut Socket, end: Instant, drain: &Drain) -> First {
    let first = poll_fn(|cx| socket.poll_first(cx).map_ok(|bytes| bytes.first().copied()));
    let first: io::Result<Option<u8>> = tokio::select! {
        // Reading goes first: a handshake that was begun before the drain goes on.
        biased;
        first = timeout_at(end, first) => first.unwrap_or(Ok(None)),
        () = drain.ending_unused() => Ok(None),
    };
    match first {
        // The first letter of a method. A record of TLS begins with 20 to 24.
        Ok(Some(b'A'..=b'Z')) => First::PlainHttp,
        Ok(Some(_)) => First::Tls,
        Ok(None) | Err(_) => First::Nothing,
    }
}

/// Ends a connection that no engine has seen, with `answer` as its last word.
async fn end_with(transport: Transport, answer: &[u8], limits: &Arc<Limits>) {
    let shared = Shared::new(transport, BytesMut::new(), Framing::Refused, Arc::clone(limits));
    shared.wire().push_out(answer);
    finish(&shared, limits).await;
}

/// As much as is written at once: see `MAX_GATHERED` of the outbox.
const MAX_WITHHELD: usize = 32 * 1024;
