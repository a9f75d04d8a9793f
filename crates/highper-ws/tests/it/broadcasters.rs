//! Channels over several processes: what every broadcaster keeps, and those of Redis besides.

use std::io::ErrorKind;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::join_all;
use highper_core::{ConfigValues, Container, ServiceProvider};
use highper_ws::{Channels, ChannelsProvider, MemoryBroadcaster, RedisBroadcaster, Sender};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as Theirs;

use crate::support::{Running, TIME_LIMIT};

/// Two processes, as far as channels can tell.
struct Pair {
    here: Channels,
    there: Channels,
}

/// A server with so many clients, and what sends to each.
pub(crate) async fn clients<const N: usize>(
    server: &Running,
) -> ([WebSocketStream<TcpStream>; N], [Sender; N]) {
    let mut clients = Vec::new();
    for count in 1..=N {
        clients.push(server.connect("/").await);
        server.until(|server| server.echo.0.senders.lock().unwrap().len() == count).await;
    }
    let senders = server.echo.0.senders.lock().unwrap().clone();
    (clients.try_into().unwrap(), senders.try_into().unwrap_or_else(|_| unreachable!()))
}

pub(crate) async fn next(client: &mut WebSocketStream<TcpStream>) -> Theirs {
    timeout(TIME_LIMIT, client.next()).await.unwrap().unwrap().unwrap()
}

/// The next message that is none of those by which [`linked`] sees that two processes are joined.
pub(crate) async fn next_real(client: &mut WebSocketStream<TcpStream>) -> Theirs {
    loop {
        let message = next(client).await;
        if message != Theirs::text(PROBE) {
            return message;
        }
    }
}

pub(crate) const PROBE: &str = "are you there?";

/// Waits until what one process broadcasts in a channel reaches a member in another.
async fn linked(from: &Channels, channel: &str, client: &mut WebSocketStream<TcpStream>) {
    let started = Instant::now();
    loop {
        assert!(started.elapsed() < TIME_LIMIT, "{channel} does not arrive");
        from.broadcast(channel, PROBE);
        if let Ok(got) = timeout(Duration::from_millis(50), client.next()).await {
            assert_eq!(got.unwrap().unwrap(), Theirs::text(PROBE));
            return;
        }
    }
}

async fn every_member_of_every_process_gets_a_broadcast_once(Pair { here, there }: Pair) {
    let server = Running::start();
    let ([mut one, mut two, mut three], senders) = clients(&server).await;
    let _rooms = [
        here.join("books", &senders[0]).unwrap(),
        there.join("books", &senders[1]).unwrap(),
        there.join("books", &senders[2]).unwrap(),
    ];
    linked(&here, "books", &mut two).await;
    linked(&there, "books", &mut one).await;
    assert_eq!(
        here.broadcast("books", "from here").queued,
        1,
        "those of other processes do not count"
    );
    assert_eq!(there.broadcast("books", "from there").queued, 2);
    for client in [&mut one, &mut two, &mut three] {
        let mut got = [next_real(client).await, next_real(client).await];
        got.sort_by_key(|message| message.to_text().unwrap().to_owned());
        assert_eq!(got, ["from here", "from there"].map(Theirs::text));
    }
    here.broadcast("books", "last");
    for client in [&mut one, &mut two, &mut three] {
        assert_eq!(next_real(client).await, Theirs::text("last"), "nothing came twice");
    }
}

async fn all_but_one_are_the_others_of_every_process(Pair { here, there }: Pair) {
    let server = Running::start();
    let ([mut one, mut two, mut three], senders) = clients(&server).await;
    let room = here.join("books", &senders[0]).unwrap();
    let _rooms =
        [here.join("books", &senders[1]).unwrap(), there.join("books", &senders[2]).unwrap()];
    linked(&here, "books", &mut three).await;
    assert_eq!(room.broadcast_except(&senders[0], "not to you").queued, 1);
    room.broadcast("to all");
    assert_eq!(next_real(&mut one).await, Theirs::text("to all"));
    for client in [&mut two, &mut three] {
        assert_eq!(next_real(client).await, Theirs::text("not to you"));
        assert_eq!(next_real(client).await, Theirs::text("to all"));
    }
}

async fn the_kind_the_bytes_and_the_order_are_kept(Pair { here, there }: Pair) {
    let server = Running::start();
    let ([mut one], [sender]) = clients(&server).await;
    let _room = there.join("books: \u{e9}\r\n*", &sender).unwrap();
    linked(&here, "books: \u{e9}\r\n*", &mut one).await;
    for number in 0..500_u32 {
        here.broadcast("books: \u{e9}\r\n*", format!("\u{e9} {number}"));
        here.broadcast("books: \u{e9}\r\n*", number.to_be_bytes().to_vec());
    }
    for number in 0..500_u32 {
        assert_eq!(next_real(&mut one).await, Theirs::text(format!("\u{e9} {number}")));
        assert_eq!(next_real(&mut one).await, Theirs::binary(number.to_be_bytes().to_vec()));
    }
}

async fn who_has_left_and_who_is_elsewhere_gets_nothing(Pair { here, there }: Pair) {
    let server = Running::start();
    let ([mut one, mut two], senders) = clients(&server).await;
    let room = there.join("books", &senders[0]).unwrap();
    let _films = there.join("films", &senders[1]).unwrap();
    linked(&here, "books", &mut one).await;
    linked(&here, "films", &mut two).await;
    drop(room);
    here.broadcast("books", "too late");
    let _back = there.join("again", &senders[0]).unwrap();
    linked(&here, "again", &mut one).await;
    here.broadcast("films", "only here");
    assert_eq!(next_real(&mut two).await, Theirs::text("only here"));
    here.broadcast("again", "welcome");
    assert_eq!(next_real(&mut one).await, Theirs::text("welcome"));
}

async fn members_that_come_and_go_are_in_the_end_where_they_are(Pair { here, there }: Pair) {
    let server = Running::start();
    let ([mut one], [sender]) = clients(&server).await;
    for round in 0..300 {
        let rooms: Vec<_> =
            (0..20).map(|room| there.join(&format!("room {room}"), &sender).unwrap()).collect();
        if round % 3 == 0 {
            tokio::task::yield_now().await;
        }
        drop(rooms);
    }
    let _room = there.join("room 7", &sender).unwrap();
    // What was asked for before is taken back and asked for again meanwhile.
    let started = Instant::now();
    loop {
        assert!(started.elapsed() < TIME_LIMIT, "nothing arrives");
        here.broadcast("room 8", "to nobody");
        here.broadcast("room 7", "to you");
        if let Ok(got) = timeout(Duration::from_millis(50), one.next()).await {
            assert_eq!(got.unwrap().unwrap(), Theirs::text("to you"));
            return;
        }
    }
}

async fn what_ends_takes_nobody_with_it(Pair { here, there }: Pair) {
    let server = Running::start();
    let ([mut one], [sender]) = clients(&server).await;
    let _room = here.join("books", &sender).unwrap();
    let room = there.join("books", &sender).unwrap();
    counted(&here, "books", 2).await;
    drop((room, there));
    counted(&here, "books", 1).await;
    for number in 0..100 {
        here.broadcast("books", number.to_string());
        assert_eq!(next(&mut one).await, Theirs::text(number.to_string()));
    }
}

/// Waits until a channel has so many members, as one process counts them.
pub(crate) async fn counted(channels: &Channels, channel: &str, expected: usize) {
    let started = Instant::now();
    loop {
        let counted = channels.count(channel).await;
        match &counted {
            Ok(count) if *count == expected => return,
            Err(error) if error.kind() != ErrorKind::NotConnected => panic!("{error}"),
            _ => {}
        }
        assert!(started.elapsed() < TIME_LIMIT, "{channel}: {counted:?} for {expected}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn members_are_counted_in_every_process(Pair { here, there }: Pair) {
    let server = Running::start();
    let (_clients, [one, two, three]) = clients(&server).await;
    let mine = here.join("books", &one).unwrap();
    let theirs = [there.join("books", &two).unwrap(), there.join("books", &three).unwrap()];
    let _film = there.join("films: \u{e9}\r\n*", &three).unwrap();
    for channels in [&here, &there] {
        counted(channels, "books", 3).await;
        counted(channels, "films: \u{e9}\r\n*", 1).await;
        assert_eq!(channels.count("none").await.unwrap(), 0);
    }
    assert_eq!((here.local_count("books"), there.local_count("books")), (1, 2));
    // What happens here is seen here at once.
    drop(mine);
    assert_eq!(here.count("books").await.unwrap(), 2);
    let _again = here.join("books", &one).unwrap();
    assert_eq!(here.count("books").await.unwrap(), 3);
    drop(theirs);
    counted(&here, "books", 1).await;
    counted(&there, "books", 1).await;
}

async fn many_ask_for_many_counts_at_once(Pair { here, there }: Pair) {
    let server = Running::start();
    let (_clients, [sender]) = clients(&server).await;
    let names: Vec<_> = (0..100).map(|number| format!("room {number}")).collect();
    let _rooms: Vec<_> = names.iter().map(|name| there.join(name, &sender).unwrap()).collect();
    for name in &names {
        counted(&here, name, 1).await;
    }
    let asked = (0..20).flat_map(|_| &names).map(|name| here.count(name));
    for count in join_all(asked).await {
        assert_eq!(count.unwrap(), 1);
    }
}

/// The behaviours, for one kind of broadcaster.
macro_rules! conformance {
    ($kind:ident, $pair:expr; $($behaviour:ident),* $(,)?) => {
        mod $kind {
            use super::*;
            $(#[tokio::test]
            async fn $behaviour() {
                super::$behaviour($pair).await;
            })*
        }
    };
    ($kind:ident, $pair:expr) => {
        conformance!($kind, $pair;
            every_member_of_every_process_gets_a_broadcast_once,
            all_but_one_are_the_others_of_every_process,
            the_kind_the_bytes_and_the_order_are_kept,
            who_has_left_and_who_is_elsewhere_gets_nothing,
            members_that_come_and_go_are_in_the_end_where_they_are,
            what_ends_takes_nobody_with_it,
            members_are_counted_in_every_process,
            many_ask_for_many_counts_at_once,
        );
    };
}

conformance!(memory, in_memory());
conformance!(redis, over_redis());

fn in_memory() -> Pair {
    let one = MemoryBroadcaster::default();
    let other = one.peer();
    let [here, there] = [one, other].map(|each| Channels::with_broadcaster(each).unwrap());
    Pair { here, there }
}

/// Two on the Redis of the tests. Each test has a prefix of its own.
fn over_redis() -> Pair {
    let url = redis_url();
    let prefix = format!("test-{:?}", std::thread::current().id());
    let channels = || {
        let redis = RedisBroadcaster::open(&url).unwrap();
        let redis = redis.prefix(&format!("{prefix}-{}", std::process::id()));
        Channels::with_broadcaster(redis).unwrap()
    };
    Pair { here: channels(), there: channels() }
}

pub(crate) fn redis_url() -> String {
    std::env::var("REDIS_URL").expect(
        "REDIS_URL is not set: `cargo xtask test` sets it, or `export $(cargo xtask services up redis)`",
    )
}

#[tokio::test]
async fn what_others_publish_under_these_names_is_no_message() {
    let url = redis_url();
    let prefix = format!("forged-{}", std::process::id());
    let [one, other] = [(); 2].map(|()| RedisBroadcaster::open(&url).unwrap().prefix(&prefix));
    let (here, there) =
        (Channels::with_broadcaster(one).unwrap(), Channels::with_broadcaster(other).unwrap());
    let server = Running::start();
    let ([mut client], [sender]) = clients(&server).await;
    let _room = there.join("books", &sender).unwrap();
    linked(&here, "books", &mut client).await;
    for forged in ["", "hello", "0123456789abcdefxhello"] {
        let (url, channel) = (url.clone(), format!("{prefix}:books"));
        let said = tokio::task::spawn_blocking(move || {
            let mut publish = Command::new("redis-cli");
            publish.args(["-u", &url, "PUBLISH", &channel, forged]).output()
        });
        assert!(said.await.unwrap().unwrap().status.success());
    }
    here.broadcast("books", "genuine");
    assert_eq!(next_real(&mut client).await, Theirs::text("genuine"));
}

#[tokio::test]
async fn databases_of_one_redis_are_different_applications() {
    let url = redis_url();
    let channels = |database: u8| {
        let redis = RedisBroadcaster::open(&format!("{url}/{database}")).unwrap();
        Channels::with_broadcaster(redis).unwrap()
    };
    let (mine, mine_too, another) = (channels(11), channels(11), channels(12));
    let server = Running::start();
    let ([mut client, mut other], senders) = clients(&server).await;
    let room = format!("room of {}", std::process::id());
    let _rooms =
        [mine.join(&room, &senders[0]).unwrap(), another.join(&room, &senders[1]).unwrap()];
    linked(&mine_too, &room, &mut client).await;
    mine_too.broadcast(&room, "to mine");
    assert_eq!(next_real(&mut client).await, Theirs::text("to mine"));
    another.broadcast(&room, "to another");
    assert_eq!(next(&mut other).await, Theirs::text("to another"), "and no probe before it");
}

#[derive(Debug)]
struct Fixed(&'static str);

impl ConfigValues for Fixed {
    fn value(&self, key: &str) -> Option<String> {
        (key == "redis.url").then(|| self.0.to_owned())
    }
}

#[tokio::test]
async fn an_application_is_attached_by_its_variable_alone() {
    let build = |url| {
        let mut services = Container::builder();
        services.shared::<dyn ConfigValues>(Arc::new(Fixed(url)));
        ChannelsProvider.register(&mut services);
        services.build()
    };
    let error = build("redis://:canary@").unwrap_err().to_string();
    assert!(error.contains("REDIS_URL is not the address of a Redis"), "{error}");
    assert!(!error.contains("canary"), "{error}");
    let url: &'static str = redis_url().leak();
    let [here, there] = [url, url].map(|url| build(url).unwrap().get::<Channels>().unwrap());
    let server = Running::start();
    let ([mut client], [sender]) = clients(&server).await;
    let _room = there.join("by variable", &sender).unwrap();
    linked(&here, "by variable", &mut client).await;
    // Without one it stays here.
    let alone = build("").unwrap().get::<Channels>().unwrap();
    alone.broadcast("by variable", "to nobody");
    here.broadcast("by variable", "to you");
    assert_eq!(next_real(&mut client).await, Theirs::text("to you"));
}

#[tokio::test]
async fn a_broadcaster_has_one_set_of_channels() {
    let redis = RedisBroadcaster::open("redis://127.0.0.1:1").unwrap();
    let _first = Channels::with_broadcaster(redis.clone()).unwrap();
    let error = Channels::with_broadcaster(redis).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
}
