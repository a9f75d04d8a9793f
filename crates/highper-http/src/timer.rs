//! Timers that are polled once and then left alone until they fire.

use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use tokio::task::coop::unconstrained;
use tokio::time::Sleep;

/// Polls a timer so that it has the waker afterwards.
///
/// A task that has used up its budget gets "pending" from a timer without being registered with it,
/// and is expected to poll again. Who polls only once would wait for ever.
pub(crate) fn poll(timer: Pin<&mut Sleep>, cx: &mut Context<'_>) -> Poll<()> {
    pin!(unconstrained(timer)).poll(cx)
}
