//! An idle WebSocket is parked, and wakes for what comes from either side.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use highper_ws::{CloseCode, WebSocketSettings};
use tokio::io::AsyncReadExt;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message as Theirs;

use crate::support::{Running, TIME_LIMIT, serve};

#[tokio::test]
async fn an_idle_one_parks_keeps_its_state_and_wakes_for_a_frame() {
    let server = Running::start();
    let mut client = server.connect("/").await;
    for count in 1..=3 {
        server.parked(1).await;
        client.send(Theirs::text("count")).await.unwrap();
        let got = timeout(TIME_LIMIT, client.next()).await.unwrap().unwrap().unwrap();
        assert_eq!(got, Theirs::text(count.to_string()));
    }
    assert!(server.handle.metrics().wakes >= 3);
}

#[tokio::test]
async fn what_is_sent_to_a_parked_one_is_written_without_waking_it() {
    let server = Running::start();
    let mut client = server.connect("/").await;
    server.parked(1).await;
    let wakes = server.handle.metrics().wakes;
    let sender = server.echo.0.senders.lock().unwrap()[0].clone();
    for count in 0..3 {
        sender.try_send(count.to_string()).unwrap();
        let got = timeout(TIME_LIMIT, client.next()).await.unwrap().unwrap().unwrap();
        assert_eq!(got, Theirs::text(count.to_string()));
    }
    assert_eq!((server.handle.metrics().parked, server.handle.metrics().wakes), (1, wakes));
}

#[tokio::test]
async fn a_parked_one_whose_client_does_not_read_is_woken_for_the_rest() {
    let mut settings = WebSocketSettings::default();
    settings.max_queue = 64 * 1024 * 1024;
    let server = serve(settings, Duration::from_secs(60));
    let mut client = server.connect("/").await;
    server.parked(1).await;
    let wakes = server.handle.metrics().wakes;
    let sender = server.echo.0.senders.lock().unwrap()[0].clone();
    let part = vec![7; 256 * 1024];
    // More than the kernel takes for a client that does not read.
    for _ in 0..64 {
        sender.try_send(part.clone()).unwrap();
    }
    server.until(|server| server.handle.metrics().wakes > wakes).await;
    sender.try_send("last").unwrap();
    for _ in 0..64 {
        let got = timeout(TIME_LIMIT, client.next()).await.unwrap().unwrap().unwrap();
        assert_eq!(got, Theirs::binary(part.clone()));
    }
    let got = timeout(TIME_LIMIT, client.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(got, Theirs::text("last"));
    server.parked(1).await;
}

#[tokio::test]
async fn a_parked_one_that_is_closed_says_goodbye() {
    let server = Running::start();
    let mut client = server.connect("/").await;
    server.parked(1).await;
    let sender = server.echo.0.senders.lock().unwrap()[0].clone();
    sender.try_send("one").unwrap();
    sender.close(CloseCode::NORMAL, "done");
    let got = timeout(TIME_LIMIT, client.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(got, Theirs::text("one"));
    let got = timeout(TIME_LIMIT, client.next()).await.unwrap().unwrap().unwrap();
    assert!(matches!(got, Theirs::Close(Some(_))), "{got:?}");
}

#[tokio::test]
async fn nothing_is_lost_where_both_sides_send_while_it_parks() {
    let server = Running::start();
    let mut client = server.connect("/").await;
    server.until(|server| !server.echo.0.senders.lock().unwrap().is_empty()).await;
    let sender = server.echo.0.senders.lock().unwrap()[0].clone();
    let sending = tokio::task::spawn_blocking(move || {
        for count in 0..200 {
            // About as long as it takes until it parks, shorter and longer.
            std::thread::sleep(Duration::from_micros(count * 130));
            sender.try_send("theirs").unwrap();
        }
    });
    let (mut own, mut theirs) = (0, 0);
    let mut pause = tokio::time::interval(Duration::from_millis(17));
    while own < 100 || theirs < 200 {
        tokio::select! {
            got = timeout(TIME_LIMIT, client.next()) => match got.unwrap().unwrap().unwrap() {
                Theirs::Text(text) if text == "own" => own += 1,
                Theirs::Text(_) => theirs += 1,
                other => panic!("{other:?}"),
            },
            _ = pause.tick() => client.send(Theirs::text("own")).await.unwrap(),
        }
    }
    sending.await.unwrap();
    assert_eq!(theirs, 200);
}

#[tokio::test]
async fn a_parked_one_is_pinged_and_outlives_the_idle_time_if_it_answers() {
    let idle = Duration::from_millis(200);
    let server = serve(WebSocketSettings::default(), idle);
    let mut client = server.connect("/").await;
    // tungstenite answers pings while it is read.
    let mut pings = 0;
    while pings < 4 {
        let got = timeout(TIME_LIMIT, client.next()).await.unwrap().unwrap().unwrap();
        assert!(matches!(got, Theirs::Ping(_)), "{got:?}");
        pings += 1;
    }
    client.send(Theirs::text("still here")).await.unwrap();
    let got = timeout(TIME_LIMIT, client.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(got, Theirs::text("still here"));
}

#[tokio::test]
async fn one_that_does_not_answer_a_ping_is_closed() {
    let server = serve(WebSocketSettings::default(), Duration::from_millis(200));
    let mut client = server.raw("/").await;
    let mut got = Vec::new();
    timeout(TIME_LIMIT, client.read_to_end(&mut got)).await.unwrap().unwrap();
    assert_eq!(got, [0x89, 0], "one ping and the end");
    server.until(|server| server.echo.0.closed.lock().unwrap().len() == 1).await;
}
