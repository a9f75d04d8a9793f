//! Channels: who gets what, and whom nobody waits for.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use highper_ws::{Channels, JoinError, Overflow, WebSocketSettings};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message as Theirs;

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
    assert_eq!(
        (channels.count("books"), channels.count("films"), channels.count("none")),
        (3, 1, 0)
    );
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
