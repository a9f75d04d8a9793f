//! Channels over several processes, by way of Redis.

mod connection;

mod counts;

mod envelope;

mod members;

mod outgoing;

mod questions;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use futures_util::future::{Either, select};
use highper_core::{BoxError, BoxFuture, HealthCheck};
use redis::Client;
use tokio::sync::Notify;

use self::envelope::Origin;
use self::members::Members;
use self::outgoing::Outgoing;
use self::questions::Questions;
use crate::broadcast::is_taken;
use crate::{Broadcaster, Channels, Inbox, Message};

/// Carries broadcasts by publish/subscribe of Redis (or Valkey) and counts members there, on a thread and two
/// connections of its own.
///
/// Only channels that have members here are subscribed to. While Redis is away the members of this process
/// get what is broadcast here; what is meant for the others waits, up to
/// [`MAX_QUEUED`](Self::MAX_QUEUED) messages of [`MAX_QUEUED_BYTES`](Self::MAX_QUEUED_BYTES) together, and
/// the rest is dropped and counted. The connections come back by themselves, after 100 ms at first and at
/// most 5 s later on.
///
/// The members of a process that crashed are counted for 10 s more.
///
/// It is a [`HealthCheck`] too, for applications that are of no use without it; it is in no tag by itself.
///
/// # Example
/// ```no_run
/// use highper_ws::{Channels, RedisBroadcaster};
///
/// let redis = RedisBroadcaster::open("redis://:secret@10.0.0.7")?.prefix("shop");
/// let channels = Channels::with_broadcaster(redis.clone())?;
/// channels.broadcast("orders", "to members in every process");
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct RedisBroadcaster {
    shared: Arc<Shared>,
    /// Ends the thread with the last clone.
    _end: Arc<End>,
    prefix: Arc<str>,
}

struct Shared {
    client: Client,
    origin: Origin,
    members: Members,
    outgoing: Outgoing,
    questions: Questions,
    is_connected: AtomicBool,
    is_started: AtomicBool,
    end: Notify,
}

struct End(Arc<Shared>);

/// What is wrong with an address. The address itself, which may have a password, is not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedisUrlError(&'static str);

/// The channels of an application that is attached to a Redis, or not.
pub(crate) fn channels(url: Option<&str>, prefix: Option<&str>) -> Result<Channels, BoxError> {
    let Some(url) = url else { return Ok(Channels::default()) };
    let redis = RedisBroadcaster::open(url).map_err(|error| format!("REDIS_URL {error}"))?;
    Ok(Channels::with_broadcaster(match prefix {
        Some(prefix) => redis.prefix(prefix),
        None => redis,
    })?)
}

impl RedisBroadcaster {
    /// The most messages that wait for Redis.
    pub const MAX_QUEUED: usize = 10_000;

    /// The most bytes of messages that wait for Redis.
    pub const MAX_QUEUED_BYTES: usize = 16 << 20;

    /// The largest message that is carried, in bytes; a larger one stays in its process, and is counted as
    /// dropped.
    pub const MAX_MESSAGE: usize = 1 << 20;

    /// One for the Redis at an address: `redis://[user:password@]host[:port][/database]`. It connects
    /// when [`Channels`](crate::Channels) have it, and waits for nothing here.
    ///
    /// # Errors
    /// If that is no such address, or asks for TLS.
    pub fn open(url: &str) -> Result<Self, RedisUrlError> {
        if ["rediss:", "valkeys:"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(RedisUrlError("asks for TLS, which is not spoken here: use redis://"));
        }
        let client = Client::open(url).map_err(|_| RedisUrlError(EXPECTED))?;
        let prefix =
            format!("highper:{}", client.get_connection_info().redis_settings().db()).into();
        let shared = Arc::new(Shared {
            client,
            origin: Origin::random(),
            members: Members::default(),
            outgoing: Outgoing::default(),
            questions: Questions::default(),
            is_connected: AtomicBool::new(false),
            is_started: AtomicBool::new(false),
            end: Notify::new(),
        });
        let end = Arc::new(End(Arc::clone(&shared)));
        Ok(Self { shared, _end: end, prefix })
    }

    /// What the names of channels and keys begin with in Redis, before a colon: applications that share one
    /// tell themselves apart by it, as the numbers of databases mean nothing to publish/subscribe. `highper` and
    /// the number of the database if nothing is said: `highper:0`.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Is there a connection now?
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.shared.is_connected.load(Ordering::Relaxed)
    }

    /// How many messages the other processes did not get, because they were too large, too many waited, or
    /// the connection broke while they were sent.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.shared.outgoing.dropped()
    }
}

impl Broadcaster for RedisBroadcaster {
    fn start(&self, inbox: Inbox) -> io::Result<()> {
        if self.shared.is_started.swap(true, Ordering::Relaxed) {
            return Err(is_taken());
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (shared, prefix) = (Arc::clone(&self.shared), Arc::clone(&self.prefix));
        let work = async move {
            let carrying = std::pin::pin!(connection::carry(&shared, &prefix, &inbox));
            let end = std::pin::pin!(shared.end.notified());
            match select(carrying, end).await {
                Either::Left((never, _)) => match never {},
                Either::Right(_) => {}
            }
        };
        thread::Builder::new().name("ws-redis".into()).spawn(move || runtime.block_on(work))?;
        Ok(())
    }

    fn set_members(&self, channel: &Arc<str>, count: usize) {
        self.shared.members.set(channel, count);
    }

    fn count<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, io::Result<usize>> {
        Box::pin(self.shared.questions.ask(channel))
    }

    fn publish(&self, channel: &str, message: &Message) {
        if message.as_bytes().len() > Self::MAX_MESSAGE {
            self.shared.outgoing.drop_message("it is larger than RedisBroadcaster::MAX_MESSAGE");
            return;
        }
        let payload = envelope::seal(self.shared.origin, message);
        self.shared.outgoing.push(format!("{}:{channel}", self.prefix), payload);
    }
}

impl HealthCheck for RedisBroadcaster {
    fn name(&self) -> &'static str {
        "broadcast"
    }

    fn check(&self) -> BoxFuture<'_, Result<(), BoxError>> {
        let connected = self.is_connected();
        Box::pin(async move {
            if connected { Ok(()) } else { Err("there is no connection to Redis".into()) }
        })
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.0.end.notify_one();
    }
}

impl fmt::Debug for RedisBroadcaster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisBroadcaster({})", self.prefix.escape_debug())
    }
}

impl fmt::Display for RedisUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for RedisUrlError {}

const EXPECTED: &str =
    "is not the address of a Redis, as redis://[user:password@]host[:port][/database]";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_never_told() {
        for (url, told) in [
            ("canary", "is not the address of a Redis"),
            ("http://:canary@host", "is not the address of a Redis"),
            ("redis://:canary@host/many", "is not the address of a Redis"),
            ("rediss://:canary@host", "asks for TLS"),
        ] {
            let error = RedisBroadcaster::open(url).unwrap_err().to_string();
            assert!(error.starts_with(told) && !error.contains("canary"), "{url}: {error}");
        }
        let redis = RedisBroadcaster::open("redis://:canary@host/2").unwrap().prefix("shop");
        assert_eq!(format!("{redis:?}"), "RedisBroadcaster(shop)");
    }

    #[test]
    fn what_is_too_large_is_counted() {
        let redis = RedisBroadcaster::open("redis://host").unwrap();
        redis.publish("a", &Message::from(vec![0; RedisBroadcaster::MAX_MESSAGE]));
        assert_eq!(redis.dropped(), 0);
        redis.publish("a", &Message::from(vec![0; RedisBroadcaster::MAX_MESSAGE + 1]));
        assert_eq!(redis.dropped(), 1);
    }
}
