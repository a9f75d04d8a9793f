//! The first bytes of a connection tell its protocol.

use std::task::{Poll, ready};
use std::time::Duration;

use bytes::BytesMut;
use highper_net::Drain;

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
/// more than the beginning of HTTP/2's preface, or none where HTTP/2 was agreed upon; and where the server drains before anything came.
pub(crate) async fn read(
    stream: &mut Transport,
    limits: &Limits,
    drain: &Drain,
) -> Option<(Protocol, BytesMut)> {
    let mut first = BytesMut::new();
    tokio::select! {
        // Reading goes first: a request that was sent before the drain is answered.
        biased;
        more = read_more(stream, &mut first, limits.idle_timeout) => more?,
        () = drain.started() => return None,
    }
    let agreed = stream.protocol();
    loop {
        let compared = first.len().min(H2_PREFACE.len());
        if first[..compared] != H2_PREFACE[..compared] {
            return (agreed != Some(Protocol::Http2)).then_some((Protocol::Http1, first));
        }
        if agreed == Some(Protocol::Http1) {
            // Refused as what it is there: a request with a malformed head.
            return Some((Protocol::Http1, first));
        }
        if compared == H2_PREFACE.len() {
            return Some((Protocol::Http2, first));
        }
        read_more(stream, &mut first, limits.header_timeout).await?;
    }
}

async fn read_more(stream: &mut Transport, first: &mut BytesMut, time: Duration) -> Option<()> {
    let read = std::future::poll_fn(|cx| {
        scratch::with(|scratch| {
            // What is more than this waits in the socket.
            let buffer = &mut scratch.bytes[..FIRST_READ];
            scratch.last = None;
            let read = ready!(stream.poll_read(cx, buffer))?;
            first.extend_from_slice(&buffer[..read]);
            Poll::Ready(std::io::Result::Ok(read))
        })
    });
    match tokio::time::timeout(time, read).await {
        Ok(Ok(1..)) => Some(()),
        _ => None,
    }
}

/// As much as the head of nearly every request.
const FIRST_READ: usize = 2048;
