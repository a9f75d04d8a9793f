//! Channels: who gets what, and whom nobody waits for.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use highper_ws::{Channels, JoinError, Overflow, WebSocketSettings};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message as Theirs;

use crate::broadcasters::clients;
use crate::support::{Running, TIME_LIMIT, serve};

#[tokio::test]
async fn members_get_what_is_broadcast_and_others_do_not() {
    let server = Running::start();
    let mut clients = Vec::new();
    for count in 1..=4 {
        clients.push(server.connect("/").await);
        server.until(|server| server.echo.0.senders.lock().unwrap().len() == count).await;
    }
    let senders = server.echo.0.senders.lock().unwrap().clone();
    let channels = Channels::default();
    let rooms: Vec<_> =
        senders[..3].iter().map(|sender| channels.join("books", sender).unwrap()).collect();
    let _other = channels.join("films", &senders[3]).unwrap();
    server.parked(4).await;
    assert_eq!(["books", "films", "none"].map(|channel| channels.local_count(channel)), [3, 1, 0]);
    assert_eq!(channels.count("books").await.unwrap(), 3, "there is no other process");
    assert_eq!(rooms[0].broadcast_except(&senders[0], "to two").queued, 2);
    assert_eq!(channels.broadcast("books", "to all").queued, 3);
    assert_eq!(channels.broadcast("none", "to nobody").queued, 0);
    let expected = [&["to all"][..], &["to two", "to all"], &["to two", "to all"], &[]];
    for (client, expected) in clients.iter_mut().zip(expected) {
        // Its own echo comes after whatever was broadcast.
        client.send(Theirs::text("last")).await.unwrap();
        for text in expected.iter().chain(&["last"]) {
            let got = timeout(TIME_LIMIT, client.next()).await.unwrap().unwrap().unwrap();
            assert_eq!(got, Theirs::text(*text));
        }
    }
    drop(rooms);
    assert_eq!(channels.broadcast("books", "to nobody").queued, 0);
    assert_eq!(format!("{channels:?}"), "Channels(1)", "an empty channel is gone");
}

#[tokio::test]
async fn a_member_that_never_reads_delays_no_other() {
    let mut settings = WebSocketSettings::default();
    settings.overflow = Overflow::Drop;
    settings.max_queue = 128 * 1024;
    let server = serve(settings, Duration::from_secs(60));
    let _slow = server.raw("/").await;
    let mut quick = server.connect("/").await;
    server.until(|server| server.echo.0.senders.lock().unwrap().len() == 2).await;
    let senders = server.echo.0.senders.lock().unwrap().clone();
    let channels = Channels::default();
    let _rooms: Vec<_> =
        senders.iter().map(|sender| channels.join("news", sender).unwrap()).collect();
    let news = vec![7; 100 * 1024];
    let mut full = 0;
    for _ in 0..200 {
        let broadcast = channels.broadcast("news", news.clone());
        full += broadcast.full;
        assert!(broadcast.queued >= 1, "who reads gets everything");
        let got = timeout(TIME_LIMIT, quick.next()).await.unwrap().unwrap().unwrap();
        assert_eq!(got.into_data(), news);
    }
    assert!(full > 0, "who does not read is left behind");
}

#[tokio::test]
async fn names_are_bounded() {
    let server = Running::start();
    let _client = server.connect("/").await;
    server.until(|server| !server.echo.0.senders.lock().unwrap().is_empty()).await;
    let sender = server.echo.0.senders.lock().unwrap()[0].clone();
    let joined = Channels::default().join(&"x".repeat(257), &sender);
    assert_eq!(joined.unwrap_err(), JoinError::NameTooLong);
}

#[tokio::test]
async fn one_connection_is_in_so_many_channels_and_no_other_pays_for_it() {
    let mut settings = WebSocketSettings::default();
    settings.max_channels = 3;
    let server = serve(settings, Duration::from_secs(60));
    let (_clients, [greedy, other]) = clients(&server).await;
    let channels = Channels::default();
    let mut rooms: Vec<_> =
        ["1", "2", "3"].map(|name| channels.join(name, &greedy).unwrap()).into();
    for _ in 0..10_000 {
        assert_eq!(channels.join("4", &greedy).unwrap_err(), JoinError::TooManyJoined);
    }
    let told = JoinError::TooManyJoined.to_string();
    assert!(told.contains("WebSocketSettings::max_channels"), "{told}");
    assert_eq!(format!("{channels:?}"), "Channels(3)", "none was made for it");
    let _room = channels.join("4", &other).unwrap();
    rooms.pop();
    rooms.push(channels.join("4", &greedy).unwrap());
    assert_eq!(channels.join("3", &greedy).unwrap_err(), JoinError::TooManyJoined);
    drop(rooms);
    assert_eq!(format!("{channels:?}"), "Channels(1)");
}
