//! How many members the channels have in each process, as Redis is told and asked.
//!
//! Each process has a hash, from the channels that have members there to how many. It expires unless the process
//! renews it, so that nobody has to tell that a process has crashed. A sorted set has all processes, by the time
//! at which they expire.

use std::convert::Infallible;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Either, select};
use redis::aio::MultiplexedConnection;
use redis::{ErrorKind, RedisError, RedisResult};
use tokio::time::{Instant, sleep, sleep_until};

use super::Shared;

/// Tells Redis the counts of this process as they change, and that it is alive. A refusal does not end that:
/// broadcasts may be allowed all the same.
pub(super) async fn tell(
    shared: &Shared,
    prefix: &str,
    mut redis: MultiplexedConnection,
) -> RedisResult<Infallible> {
    let keys = Keys::new(shared, prefix);
    let mut is_refused = false;
    loop {
        let Err(error) = keep_told(shared, &keys, &mut redis).await;
        if !is_refusal(&error) {
            return Err(error);
        }
        if !std::mem::replace(&mut is_refused, true) {
            tracing::warn!(%error, "Redis takes no counts: other processes do not see the members of this one");
        }
        sleep(RENEW_EVERY).await;
    }
}

async fn keep_told(
    shared: &Shared,
    keys: &Keys<'_>,
    redis: &mut MultiplexedConnection,
) -> RedisResult<Infallible> {
    redis::cmd("DEL").arg(&keys.mine).exec_async(redis).await?;
    shared.members.tell_again();
    let mut renewal = Instant::now();
    loop {
        if renewal <= Instant::now() {
            let is_there = keys.renew(redis).await?;
            if !is_there {
                // Nobody was here, or Redis has lost it.
                shared.members.tell_again();
            }
            renewal = Instant::now() + RENEW_EVERY;
        }
        let next = select(shared.members.next_counts().boxed(), sleep_until(renewal).boxed());
        if let Either::Left((counts, _)) = next.await {
            keys.write(&counts, redis).await?;
            // What changes meanwhile goes together.
            sleep(GATHER).await;
        }
    }
}

/// Answers what is asked about the members of other processes.
pub(super) async fn answer(
    shared: &Shared,
    prefix: &str,
    mut redis: MultiplexedConnection,
) -> RedisResult<Infallible> {
    let keys = Keys::new(shared, prefix);
    loop {
        let questions = shared.questions.next().await;
        let channels: Vec<_> = questions.iter().map(|question| &*question.channel).collect();
        let counts = match keys.count(&channels, &mut redis).await {
            Err(error) if is_refusal(&error) => vec![refused(&error); channels.len()],
            counts => counts?.into_iter().map(Ok).collect(),
        };
        for (question, count) in questions.into_iter().zip(&counts) {
            question.answer(count);
        }
    }
}

/// The names in Redis.
struct Keys<'a> {
    prefix: &'a str,
    processes: String,
    /// This process.
    name: String,
    mine: String,
}

impl<'a> Keys<'a> {
    fn new(shared: &Shared, prefix: &'a str) -> Self {
        let name = shared.origin.to_string();
        let mine = Self::members_of(prefix, &name);
        Self { prefix, processes: format!("{prefix}:processes"), name, mine }
    }

    fn members_of(prefix: &str, process: &str) -> String {
        format!("{prefix}:members:{process}")
    }

    /// This process is alive, those that are not are forgotten. False where it has no counts in Redis.
    async fn renew(&self, redis: &mut MultiplexedConnection) -> RedisResult<bool> {
        // The clock of Redis is the same for all.
        let (now, _): (i64, i64) = redis::cmd("TIME").query_async(redis).await?;
        let (is_there,) = redis::pipe()
            .zadd(&self.processes, &self.name, now + LEASE)
            .ignore()
            .zrembyscore(&self.processes, "-inf", now)
            .ignore()
            .expire(&self.processes, LEASE)
            .ignore()
            .expire(&self.mine, LEASE)
            .query_async(redis)
            .await?;
        Ok(is_there)
    }

    async fn write<T: AsRef<str>>(
        &self,
        counts: &[(T, usize)],
        redis: &mut MultiplexedConnection,
    ) -> RedisResult<()> {
        let mut pipeline = redis::pipe();
        for (channel, count) in counts {
            match count {
                0 => pipeline.hdel(&self.mine, channel.as_ref()),
                count => pipeline.hset(&self.mine, channel.as_ref(), *count),
            };
        }
        pipeline.expire(&self.mine, LEASE).exec_async(redis).await
    }

    /// How many members each of the channels has in all other processes.
    async fn count(
        &self,
        channels: &[&str],
        redis: &mut MultiplexedConnection,
    ) -> RedisResult<Vec<usize>> {
        let mut ask = redis::cmd("ZRANGE");
        let processes: Vec<String> =
            ask.arg(&self.processes).arg(0).arg(-1).query_async(redis).await?;
        let mut pipeline = redis::pipe();
        for process in processes.iter().filter(|process| **process != self.name) {
            pipeline.cmd("HMGET").arg(Self::members_of(self.prefix, process)).arg(channels);
        }
        let mut counts = vec![0_usize; channels.len()];
        if !pipeline.is_empty() {
            let elsewhere: Vec<Vec<Option<usize>>> = pipeline.query_async(redis).await?;
            for process in elsewhere {
                for (count, members) in counts.iter_mut().zip(process) {
                    *count = count.saturating_add(members.unwrap_or(0));
                }
            }
        }
        Ok(counts)
    }
}

/// Redis is there, and does not do this.
fn is_refusal(error: &RedisError) -> bool {
    let kind = error.kind();
    matches!(kind, ErrorKind::Server(_) | ErrorKind::Extension | ErrorKind::UnexpectedReturnType)
}

fn refused(error: &RedisError) -> Result<usize, String> {
    Err(format!("the members of other processes are not known: Redis refuses to tell: {error}"))
}

/// The seconds for which a process is counted that has crashed.
const LEASE: i64 = 10;
const RENEW_EVERY: Duration = Duration::from_secs(3);
const GATHER: Duration = Duration::from_millis(10);
