//! What waits to be published.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::RedisBroadcaster;

/// A bounded queue: who publishes never waits.
#[derive(Default)]
pub(super) struct Outgoing {
    queue: Mutex<Queue>,
    filled: Notify,
    dropped: AtomicU64,
}

#[derive(Default)]
struct Queue {
    messages: VecDeque<Published>,
    bytes: usize,
    /// When it was last logged that messages are dropped.
    told: Option<Instant>,
}

/// Messages on their way. Those of one that is dropped before it arrived are lost, and counted: the connection
/// broke.
pub(super) struct Batch<'a> {
    outgoing: &'a Outgoing,
    messages: Vec<Published>,
}

/// The name of a channel in Redis, and what is published there.
pub(super) type Published = (String, Vec<u8>);

impl Outgoing {
    pub(super) fn push(&self, channel: String, payload: Vec<u8>) {
        let mut queue = self.queue();
        let size = channel.len() + payload.len();
        if queue.messages.len() >= RedisBroadcaster::MAX_QUEUED
            || queue.bytes + size > RedisBroadcaster::MAX_QUEUED_BYTES
        {
            drop(queue);
            self.drop_message("too many wait for Redis");
            return;
        }
        queue.bytes += size;
        queue.messages.push_back((channel, payload));
        drop(queue);
        self.filled.notify_one();
    }

    /// Counts a message that is not published, and says so at most once a second.
    pub(super) fn drop_message(&self, why: &str) {
        self.drop_messages(1, why);
    }

    fn drop_messages(&self, count: u64, why: &str) {
        let dropped = self.dropped.fetch_add(count, Ordering::Relaxed) + count;
        let mut queue = self.queue();
        if queue.told.is_none_or(|told| told.elapsed() >= TELL_EVERY) {
            queue.told = Some(Instant::now());
            drop(queue);
            tracing::warn!(dropped, "a broadcast does not reach other processes: {why}");
        }
    }

    /// Waits for messages, and takes the first of them.
    pub(super) async fn next(&self) -> Batch<'_> {
        loop {
            let messages = self.queue().take();
            if !messages.is_empty() {
                return Batch { outgoing: self, messages };
            }
            self.filled.notified().await;
        }
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Nothing panics while it is held.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Batch<'_> {
    pub(super) fn messages(&self) -> &[Published] {
        &self.messages
    }

    /// Redis has all of them.
    pub(super) fn arrived(mut self) {
        self.messages.clear();
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        if !self.messages.is_empty() {
            self.outgoing
                .drop_messages(self.messages.len() as u64, "the connection to Redis broke");
        }
    }
}

impl Queue {
    fn take(&mut self) -> Vec<Published> {
        let count = self.messages.len().min(MAX_BATCH);
        let batch: Vec<_> = self.messages.drain(..count).collect();
        self.bytes -=
            batch.iter().map(|(channel, payload)| channel.len() + payload.len()).sum::<usize>();
        batch
    }
}

/// The most messages that go to Redis before one of its answers is waited for.
const MAX_BATCH: usize = 256;

const TELL_EVERY: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn messages_go_in_their_order_and_what_finds_no_room_is_counted() {
        let outgoing = Outgoing::default();
        for number in 0..RedisBroadcaster::MAX_QUEUED + 3 {
            outgoing.push("a".into(), number.to_be_bytes().to_vec());
        }
        assert_eq!(outgoing.dropped(), 3);
        let mut next = 0_usize;
        while next < RedisBroadcaster::MAX_QUEUED {
            let batch = outgoing.next().await;
            for (_, payload) in batch.messages() {
                assert_eq!(*payload, next.to_be_bytes());
                next += 1;
            }
            batch.arrived();
        }
        assert_eq!(outgoing.dropped(), 3);
        assert_eq!(outgoing.queue().bytes, 0);
    }

    #[tokio::test]
    async fn a_batch_that_does_not_arrive_is_counted() {
        let outgoing = Outgoing::default();
        for _ in 0..3 {
            outgoing.push("a".into(), vec![0]);
        }
        drop(outgoing.next().await);
        assert_eq!(outgoing.dropped(), 3);
    }

    #[test]
    fn bytes_are_bounded_too() {
        let outgoing = Outgoing::default();
        for _ in 0..20 {
            outgoing.push("a".into(), vec![0; 1 << 20]);
        }
        assert_eq!(outgoing.dropped(), 5);
    }
}
