//! Broadcasts while Redis is away, comes back, or refuses.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use highper_core::HealthCheck;
use highper_ws::{Channels, RedisBroadcaster};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message as Theirs;

use crate::broadcasters::{PROBE, clients, counted, next, next_real};
use crate::support::{Process, Running, TIME_LIMIT};

/// A Redis of one test, which that may end and start again.
struct Redis {
    port: u16,
    _process: Process,
}

impl Redis {
    fn start(port: u16) -> Self {
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"])
            .arg(port.to_string())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is missing: install Debian's package redis-server");
        Self { port, _process: Process(process) }
    }

    /// One that answers.
    async fn ready() -> Self {
        let redis = Self::start(Self::free_port());
        until("it is there", || redis.ask(&["PING"]).starts_with("PONG")).await;
        redis
    }

    fn ask(&self, arguments: &[&str]) -> String {
        let mut ask = Command::new("redis-cli");
        ask.arg("-p").arg(self.port.to_string()).args(arguments);
        String::from_utf8(ask.output().unwrap().stdout).unwrap()
    }

    fn free_port() -> u16 {
        TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
    }
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < TIME_LIMIT, "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn messages_flow_again_when_redis_is_back_and_no_connection_has_noticed() {
    let port = Redis::free_port();
    let [one, other] =
        [(); 2].map(|()| RedisBroadcaster::open(&format!("redis://127.0.0.1:{port}")).unwrap());
    // It is not there at first.
    let here = Channels::with_broadcaster(one.clone()).unwrap();
    let there = Channels::with_broadcaster(other.clone()).unwrap();
    let server = Running::start();
    let ([mut local, mut remote], senders) = clients(&server).await;
    let _rooms =
        [here.join("books", &senders[0]).unwrap(), there.join("books", &senders[1]).unwrap()];
    for _ in 0..2 {
        assert!(one.check().await.is_err());
        let uncounted = here.count("books").await.unwrap_err();
        assert_eq!(uncounted.kind(), ErrorKind::NotConnected, "{uncounted}");
        assert_eq!(here.local_count("books"), 1);
        assert_eq!(here.broadcast("books", "while it is away").queued, 1);
        assert_eq!(next(&mut local).await, Theirs::text("while it is away"));
        let redis = Redis::start(port);
        assert_eq!(redis.port, port);
        until("both connect", || one.is_connected() && other.is_connected()).await;
        assert!(one.check().await.is_ok());
        // What waited may have gone before the other had subscribed.
        let started = Instant::now();
        loop {
            assert!(started.elapsed() < TIME_LIMIT, "nothing arrives");
            here.broadcast("books", PROBE);
            assert_eq!(next(&mut local).await, Theirs::text(PROBE));
            if let Ok(got) = timeout(Duration::from_millis(50), remote.next()).await
                && got.unwrap().unwrap() == Theirs::text(PROBE)
            {
                break;
            }
        }
        // Redis has lost all that it was told.
        counted(&here, "books", 2).await;
        counted(&there, "books", 2).await;
        here.broadcast("books", "again");
        assert_eq!(next(&mut local).await, Theirs::text("again"));
        while next(&mut remote).await != Theirs::text("again") {}
        drop(redis);
        until("both notice", || !one.is_connected() && !other.is_connected()).await;
    }
    assert_eq!(one.dropped(), 0, "what was published while it was away waited");
}

#[tokio::test]
async fn a_redis_that_refuses_is_not_asked_again_and_again() {
    let redis = Redis::ready().await;
    // Who may do everything, but in no channel.
    let made =
        redis.ask(&["ACL", "SETUSER", "mute", "on", ">word", "~*", "+@all", "resetchannels"]);
    assert!(made.starts_with("OK"), "{made}");
    let url = format!("redis://mute:word@127.0.0.1:{}", redis.port);
    let channels = Channels::with_broadcaster(RedisBroadcaster::open(&url).unwrap()).unwrap();
    let server = Running::start();
    let ([mut client], [sender]) = clients(&server).await;
    let _room = channels.join("books", &sender).unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    channels.broadcast("books", "here at least");
    assert_eq!(next(&mut client).await, Theirs::text("here at least"));
    let stats = redis.ask(&["INFO", "stats"]);
    let (_, made) = stats.split_once("total_connections_received:").unwrap();
    let made: u32 = made.lines().next().unwrap().trim().parse().unwrap();
    // Two for each try, and those of this test: with pauses of 50 ms there would be some eighty.
    assert!(made <= 20, "{made} connections in two seconds");
}

#[tokio::test]
async fn who_may_only_publish_is_carried_and_not_counted() {
    let redis = Redis::ready().await;
    let mut rights = vec!["ACL", "SETUSER", "teller", "on", ">word", "resetkeys", "allchannels"];
    rights.extend(["-@all", "+@pubsub", "+@connection", "+time", "+del", "+hmget", "+zrange"]);
    let made = redis.ask(&rights);
    assert!(made.starts_with("OK"), "{made}");
    let url = format!("redis://teller:word@127.0.0.1:{}", redis.port);
    let [here, there] = [(); 2]
        .map(|()| Channels::with_broadcaster(RedisBroadcaster::open(&url).unwrap()).unwrap());
    let server = Running::start();
    let ([mut client], [sender]) = clients(&server).await;
    let _room = there.join("books", &sender).unwrap();
    let started = Instant::now();
    while timeout(Duration::from_millis(50), client.next()).await.is_err() {
        assert!(started.elapsed() < TIME_LIMIT, "nothing arrives");
        here.broadcast("books", PROBE);
    }
    let refusal = here.count("books").await.unwrap_err().to_string();
    assert!(refusal.contains("Redis refuses to tell: NoPerm"), "{refusal}");
    here.broadcast("books", "still carried");
    assert_eq!(next_real(&mut client).await, Theirs::text("still carried"));
}

#[tokio::test]
async fn counts_that_redis_has_lost_are_told_again() {
    let redis = Redis::ready().await;
    let url = format!("redis://127.0.0.1:{}", redis.port);
    let [here, there] = [(); 2]
        .map(|()| Channels::with_broadcaster(RedisBroadcaster::open(&url).unwrap()).unwrap());
    let server = Running::start();
    let (_clients, [sender]) = clients(&server).await;
    let _room = there.join("books", &sender).unwrap();
    counted(&here, "books", 1).await;
    assert!(redis.ask(&["FLUSHALL"]).starts_with("OK"));
    counted(&here, "books", 0).await;
    counted(&here, "books", 1).await;
}
