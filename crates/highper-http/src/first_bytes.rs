//! The first bytes of a connection tell its protocol.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::BytesMut;
use highper_net::Drain;
use tokio::time::timeout;

use crate::transport::Transport;
use crate::{Limits, scratch};

/// What an HTTP/2 client sends first (RFC 9113, section 3.4).
const H2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The protocol of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

/// Reads until the protocol is known. None where the peer ends, is silent for too long, or sends no
/// more than the beginning of HTTP/2's preface, or none where HTTP/2 was agreed upon; where the server
/// drains before anything came; and where nothing came, so that the stream was parked.
pub(crate) async fn read(
    mut stream: Transport,
    limits: &Limits,
    drain: &Drain,
) -> Option<(Protocol, Transport, BytesMut)> {
    let mut first = BytesMut::new();
    let read = tokio::select! {
        // Reading goes first: a request that was sent before the drain is answered.
        biased;
        read = read_first(&mut stream, &mut first, limits.first_byte_timeout) => read?,
        () = drain.ending_unused() => return None,
    };
    if read == 0 {
        stream.park_unused();
        return None;
    }
    let agreed = stream.protocol();
    loop {
        let compared = first.len().min(H2_PREFACE.len());
        if first[..compared] != H2_PREFACE[..compared] {
            let is_http1 = agreed != Some(Protocol::Http2);
            return is_http1.then_some((Protocol::Http1, stream, first));
        }
        if agreed == Some(Protocol::Http1) {
            // Refused as what it is there: a request with a malformed head.
            return Some((Protocol::Http1, stream, first));
        }
        if compared == H2_PREFACE.len() {
            return Some((Protocol::Http2, stream, first));
        }
        let more = poll_fn(|cx| poll_read(&mut stream, cx, &mut first));
        match timeout(limits.header_timeout, more).await {
            Ok(Ok(1..)) => {}
            _ => return None,
        }
    }
}

/// Reads once. None where the peer has ended or is silent for too long; 0 where the connection is
/// asked to park.
async fn read_first(stream: &mut Transport, first: &mut BytesMut, time: Duration) -> Option<usize> {
    let read = poll_fn(|cx| match poll_read(stream, cx, first) {
        Poll::Ready(Ok(read @ 1..)) => Poll::Ready(Some(read)),
        Poll::Ready(_) => Poll::Ready(None),
        Poll::Pending if stream.is_park_wanted() => Poll::Ready(Some(0)),
        Poll::Pending => Poll::Pending,
    });
    timeout(time, read).await.ok().flatten()
}

fn poll_read(
    stream: &mut Transport,
    cx: &mut Context<'_>,
    first: &mut BytesMut,
) -> Poll<io::Result<usize>> {
    scratch::with(|scratch| {
        // What is more than this waits in the socket.
        let buffer = &mut scratch.bytes[..FIRST_READ];
        scratch.last = None;
        let read = ready!(stream.poll_read(cx, buffer))?;
        first.extend_from_slice(&buffer[..read]);
        Poll::Ready(Ok(read))
    })
}

/// As much as the head of nearly every request.
const FIRST_READ: usize = 2048;
