//! Messages there and back.

use futures_util::{SinkExt, StreamExt};
use highper_ws::{CloseCode, Frame, Message};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message as Theirs;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode as TheirCode;

use crate::support::{Running, TIME_LIMIT, frame, rest};

const PATHS: [&str; 2] = ["/", "/stream"];

#[tokio::test]
async fn messages_of_every_size_are_echoed() {
    let server = Running::start();
    for path in PATHS {
        let mut client = server.connect(path).await;
        for size in [0, 1, 125, 126, 127, 65_535, 65_536, 1_000_000] {
            let binary = Theirs::binary(vec![7; size]);
            client.send(binary.clone()).await.unwrap();
            assert_eq!(timeout(TIME_LIMIT, client.next()).await.unwrap().unwrap().unwrap(), binary);
            let text = Theirs::text("ä".repeat(size / 2));
            client.send(text.clone()).await.unwrap();
            assert_eq!(timeout(TIME_LIMIT, client.next()).await.unwrap().unwrap().unwrap(), text);
        }
    }
}

#[tokio::test]
async fn fragments_with_control_frames_between_them_are_one_message_however_they_are_cut() {
    let server = Running::start();
    let bytes = [
        frame(0x01, "grü".as_bytes().split_at(3).0),
        frame(0x89, b"are you there"),
        frame(0x00, "grü".as_bytes().split_at(3).1),
        frame(0x80, b"n"),
        frame(0x88, &[0x03, 0xe8]),
    ]
    .concat();
    for path in PATHS {
        for cut in 0..bytes.len() {
            let mut client = server.raw(path).await;
            client.write_all(&bytes[..cut]).await.unwrap();
            client.flush().await.unwrap();
            tokio::task::yield_now().await;
            client.write_all(&bytes[cut..]).await.unwrap();
            let got = rest(client).await;
            let pong = [&[0x8a, 13][..], b"are you there"].concat();
            let text = [&[0x81, 5][..], "grün".as_bytes()].concat();
            let close = [0x88, 2, 0x03, 0xe8];
            assert_eq!(got, [&pong[..], &text, &close].concat(), "{path} {cut}");
        }
    }
}

#[tokio::test]
async fn a_close_is_answered_and_told() {
    let server = Running::start();
    let mut client = server.connect("/").await;
    let close = tokio_tungstenite::tungstenite::protocol::CloseFrame {
        code: TheirCode::Away,
        reason: "bye".into(),
    };
    client.close(Some(close)).await.unwrap();
    assert!(
        matches!(client.next().await, Some(Ok(Theirs::Close(Some(frame)))) if frame.code == TheirCode::Away)
    );
    server.until(|server| server.echo.0.closed.lock().unwrap().len() == 1).await;
    let told = server.echo.0.closed.lock().unwrap()[0].clone().unwrap();
    assert_eq!((told.code, told.reason.as_str()), (CloseCode::GOING_AWAY, "bye"));
}

#[tokio::test]
async fn a_task_that_is_done_closes_with_1000_and_one_that_panics_with_1011() {
    let server = Running::start();
    for (path, word, code) in [
        ("/stream", "done", TheirCode::Normal),
        ("/stream", "panic", TheirCode::Error),
        ("/", "panic", TheirCode::Error),
    ] {
        let mut client = server.connect(path).await;
        client.send(Theirs::text(word)).await.unwrap();
        let got = timeout(TIME_LIMIT, client.next()).await.unwrap();
        assert!(
            matches!(&got, Some(Ok(Theirs::Close(Some(frame)))) if frame.code == code),
            "{path} {word}: {got:?}"
        );
    }
}

#[tokio::test]
async fn a_sender_reaches_its_client_from_anywhere_and_a_frame_is_made_once_for_all() {
    let server = Running::start();
    let mut clients = Vec::new();
    for _ in 0..3 {
        clients.push(server.connect("/").await);
    }
    let senders = server.echo.0.senders.lock().unwrap().clone();
    let frame = Frame::from(Message::from("news"));
    std::thread::spawn(move || {
        senders.iter().for_each(|sender| sender.try_send_frame(&frame).unwrap());
        senders[0].close(CloseCode::POLICY, "enough");
        assert!(senders[0].try_send("late").is_err());
    })
    .join()
    .unwrap();
    for client in &mut clients {
        let got = timeout(TIME_LIMIT, client.next()).await.unwrap().unwrap().unwrap();
        assert_eq!(got, Theirs::text("news"));
    }
    let got = timeout(TIME_LIMIT, clients[0].next()).await.unwrap();
    assert!(matches!(got, Some(Ok(Theirs::Close(Some(frame)))) if frame.code == TheirCode::Policy));
}

#[tokio::test]
async fn the_end_of_the_server_is_told_with_1001() {
    for path in PATHS {
        let server = Running::start();
        let mut client = server.connect(path).await;
        if path == "/" {
            server.parked(1).await;
        }
        server.handle.drain();
        let mut got = Vec::new();
        while let Some(Ok(message)) = timeout(TIME_LIMIT, client.next()).await.unwrap() {
            got.push(message);
        }
        let last = got.pop();
        assert!(
            matches!(&last, Some(Theirs::Close(Some(frame))) if frame.code == TheirCode::Away),
            "{path}: {last:?}"
        );
        if path == "/" {
            assert_eq!(got, [Theirs::text("goodbye")]);
        }
    }
}
