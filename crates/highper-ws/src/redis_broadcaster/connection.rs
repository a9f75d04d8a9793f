//! The connections to Redis: made, used, and made again.

use std::convert::Infallible;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures_util::future::{Either, select, try_join5};
use futures_util::{FutureExt, StreamExt};
use redis::aio::{MultiplexedConnection, PubSubSink, PubSubStream};
use redis::{AsyncConnectionConfig, ErrorKind, RedisError, RedisResult};
use tokio::time::{sleep, timeout};

use super::{Shared, counts, envelope};
use crate::Inbox;

/// Carries for ever. Only a connection that has lasted counts as one: a Redis that takes it and refuses what
/// it is asked for is left alone as one that is away, and told of as often.
pub(super) async fn carry(shared: &Shared, prefix: &str, inbox: &Inbox) -> Infallible {
    let mut pause = FIRST_PAUSE;
    let mut is_told = false;
    loop {
        let begun = Instant::now();
        let Err(error) = connected(shared, prefix, inbox).await;
        shared.questions.close();
        if shared.is_connected.swap(false, Ordering::Relaxed) && begun.elapsed() >= LASTING {
            (pause, is_told) = (FIRST_PAUSE, false);
        }
        if is_told {
            tracing::debug!(%error, "Redis is not there yet");
        } else {
            tracing::warn!(%error, "no use of Redis: broadcasts stay in this process");
            is_told = true;
        }
        sleep(jittered(pause)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Carries until a connection breaks.
async fn connected(shared: &Shared, prefix: &str, inbox: &Inbox) -> RedisResult<Infallible> {
    let (sink, stream) = answered(shared.client.get_async_pubsub()).await?.split();
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(ANSWER_TIMEOUT))
        .set_response_timeout(Some(ANSWER_TIMEOUT));
    let commands = shared.client.get_multiplexed_async_connection_with_config(&config).await?;
    shared.members.ask_again();
    shared.questions.open();
    shared.is_connected.store(true, Ordering::Relaxed);
    tracing::debug!("broadcasts go through Redis");
    let carrying = try_join5(
        receive(shared, prefix, inbox, stream),
        subscribe(shared, prefix, sink),
        publish(shared, commands.clone()),
        counts::tell(shared, prefix, commands.clone()),
        counts::answer(shared, prefix, commands),
    );
    let (never, ..) = carrying.await?;
    Ok(never)
}

async fn receive(
    shared: &Shared,
    prefix: &str,
    inbox: &Inbox,
    mut stream: PubSubStream,
) -> RedisResult<Infallible> {
    while let Some(message) = stream.next().await {
        let name = message.get_channel_name();
        let channel = name.strip_prefix(prefix).and_then(|name| name.strip_prefix(':'));
        let opened = envelope::open(message.get_payload_bytes());
        match (channel, opened) {
            (Some(_), Some((origin, _))) if origin == shared.origin => {}
            (Some(channel), Some((_, message))) => drop(inbox.deliver(channel, message)),
            _ => tracing::debug!(channel = name, "what was published is no broadcast of ours"),
        }
    }
    Err(RedisError::from((ErrorKind::Io, "the connection was closed")))
}

/// Keeps what is subscribed to as the members want it, and sees whether it is still there.
async fn subscribe(shared: &Shared, prefix: &str, mut sink: PubSubSink) -> RedisResult<Infallible> {
    loop {
        let next = select(shared.members.next_changes().boxed(), sleep(PING_EVERY).boxed());
        match next.await {
            Either::Left((changes, _)) => {
                let full = |names: Vec<_>| -> Vec<String> {
                    names.iter().map(|name| format!("{prefix}:{name}")).collect()
                };
                if !changes.subscribe.is_empty() {
                    answered(sink.subscribe(full(changes.subscribe))).await?;
                }
                if !changes.unsubscribe.is_empty() {
                    answered(sink.unsubscribe(full(changes.unsubscribe))).await?;
                }
            }
            Either::Right(_) => {
                answered(sink.ping::<redis::Value>()).await?;
            }
        }
    }
}

async fn publish(
    shared: &Shared,
    mut connection: MultiplexedConnection,
) -> RedisResult<Infallible> {
    loop {
        let batch = shared.outgoing.next().await;
        let mut pipeline = redis::pipe();
        for (channel, payload) in batch.messages() {
            pipeline.cmd("PUBLISH").arg(channel).arg(payload).ignore();
        }
        pipeline.exec_async(&mut connection).await?;
        batch.arrived();
    }
}

/// What Redis says, but not whenever it likes.
async fn answered<T>(asked: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    timeout(ANSWER_TIMEOUT, asked)
        .await
        .unwrap_or_else(|_| Err(RedisError::from((ErrorKind::Io, "there was no answer in 5 s"))))
}

/// Between half of it and all: the processes of an application do not all come back at once.
fn jittered(pause: Duration) -> Duration {
    let random = RandomState::new().build_hasher().finish();
    pause / 2 + (pause / 2).mul_f64((random >> 11) as f64 / (1_u64 << 53) as f64)
}

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// What ends sooner was refused.
const LASTING: Duration = Duration::from_secs(1);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// A peer that is gone without a word is known after this and the time for an answer.
const PING_EVERY: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_spread() {
        let pauses: Vec<_> = (0..100).map(|_| jittered(LONGEST_PAUSE)).collect();
        assert!(pauses.iter().all(|pause| (LONGEST_PAUSE / 2..=LONGEST_PAUSE).contains(pause)));
        assert!(pauses.iter().any(|pause| *pause != pauses[0]));
    }
}
