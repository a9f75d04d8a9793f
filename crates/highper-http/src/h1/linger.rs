//! The end of a connection: what was answered is delivered even to a peer that is still sending.

use std::task::Poll;
use std::time::Duration;

use tokio::time::timeout;

use super::shared::Shared;
use crate::Limits;
use crate::transport::Transport;

/// How long a peer that is still sending is listened to after the last answer.
const LINGER_TIME: Duration = Duration::from_secs(2);

/// How much of what it still sends is read and dropped.
const LINGER_BYTES: usize = 16 * 1024 * 1024;

/// Writes what the engine has left, and closes.
pub(crate) async fn finish(shared: &Shared, limits: &Limits) {
    let written =
        timeout(limits.write_timeout, std::future::poll_fn(|cx| shared.wire().poll_write_out(cx)));
    if !matches!(written.await, Ok(Ok(()))) {
        return;
    }
    let (mut stream, is_sending) = {
        let mut wire = shared.wire();
        let is_sending = wire.refusal().is_some() || !wire.is_between_requests();
        (wire.take_stream(), is_sending)
    };
    close(&mut stream, limits, is_sending).await;
}

/// Closes our half, and lets the peer read what was written: closing a socket with unread bytes resets
/// the connection, and the reset would take the answer away (RFC 9112, section 9.6).
pub(crate) async fn close(stream: &mut Transport, limits: &Limits, is_sending: bool) {
    // TLS has something to write here too.
    let shut = std::future::poll_fn(|cx| stream.poll_shutdown(cx));
    let _ = timeout(limits.write_timeout, shut).await;
    if is_sending {
        // Whether the peer ends or the time does, the connection is over.
        let _ = timeout(LINGER_TIME, read_and_drop(stream)).await;
    }
}

async fn read_and_drop(stream: &mut Transport) {
    let mut buffer = vec![0; 16 * 1024];
    let mut left = LINGER_BYTES;
    std::future::poll_fn(|cx| {
        // A peer that sends as fast as we read must not keep the worker for itself.
        for _ in 0..READS_PER_TURN {
            match stream.poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(read @ 1..)) if read < left => left -= read,
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

const READS_PER_TURN: usize = 16;
