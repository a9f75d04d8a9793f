//! Clients that break the protocol, or ask for too much.

use std::time::Duration;

use highper_ws::{Overflow, SendError, WebSocketSettings};
use tokio::io::AsyncWriteExt;

use crate::support::{Running, frame, rest, serve};

/// The code of the close frame at the end.
async fn code(server: &Running, path: &str, bytes: &[u8]) -> u16 {
    let mut client = server.raw(path).await;
    client.write_all(bytes).await.unwrap();
    let got = rest(client).await;
    let at = got.iter().rposition(|byte| *byte == 0x88).expect("a close frame");
    u16::from_be_bytes([got[at + 2], got[at + 3]])
}

#[tokio::test]
async fn each_violation_has_its_code() {
    let server = Running::start();
    for (bytes, expected) in [
        (frame(0xa1, b""), 1002),
        (frame(0x83, b""), 1002),
        (vec![0x81, 0], 1002),
        (frame(0x80, b"continues nothing"), 1002),
        ([frame(0x01, b"a"), frame(0x81, b"b")].concat(), 1002),
        (frame(0x09, b"a ping in pieces"), 1002),
        (frame(0x89, &[0; 126]), 1002),
        (frame(0xc1, b"compressed"), 1002),
        (frame(0x88, &[3]), 1002),
        (frame(0x88, &[0x03, 0xed]), 1002),
        (frame(0x88, &[0x03, 0xe8, 0xff]), 1007),
        (frame(0x81, &[0xff]), 1007),
        ([frame(0x01, &[0xce]), frame(0x80, &[0xce])].concat(), 1007),
        // Refused before the message is whole.
        (frame(0x01, &[0xed, 0xa0, 0x80]), 1007),
        // Before it is read.
        ([&[0x82, 0xff][..], &(1_u64 << 40).to_be_bytes(), &[0; 4]].concat(), 1009),
    ] {
        for path in ["/", "/stream"] {
            assert_eq!(code(&server, path, &bytes).await, expected, "{path} {bytes:x?}");
        }
    }
}

#[tokio::test]
async fn a_message_is_as_large_as_all_its_frames() {
    let mut settings = WebSocketSettings::default();
    settings.max_message = 10;
    let server = serve(settings, Duration::from_secs(60));
    let bytes = [frame(0x02, &[0; 6]), frame(0x00, &[0; 4]), frame(0x80, &[0])].concat();
    assert_eq!(code(&server, "/", &bytes).await, 1009);
}

#[tokio::test]
async fn whoever_sends_too_much_in_a_second_is_closed_with_1008() {
    let mut settings = WebSocketSettings::default();
    settings.message_rate = Some(5);
    settings.control_rate = 5;
    let server = serve(settings, Duration::from_secs(60));
    for first in [0x81, 0x89] {
        assert_eq!(code(&server, "/", &frame(first, b"!").repeat(6)).await, 1008);
    }
}

#[tokio::test]
async fn frames_that_never_become_a_message_are_counted_too() {
    let mut settings = WebSocketSettings::default();
    settings.frame_rate = 100;
    let server = serve(settings, Duration::from_secs(60));
    let close = frame(0x88, b"\x03\xe8");
    for path in ["/", "/stream"] {
        for (continued, expected) in [(98, 1000), (99, 1008)] {
            let bytes = [frame(0x01, b""), frame(0x00, b"").repeat(continued), close.clone()];
            assert_eq!(code(&server, path, &bytes.concat()).await, expected, "{path}");
        }
    }
}

#[tokio::test]
async fn bytes_of_a_second_are_counted_whatever_they_are() {
    let mut settings = WebSocketSettings::default();
    settings.byte_rate = Some(50_000);
    let server = serve(settings, Duration::from_secs(60));
    assert_eq!(code(&server, "/", &frame(0x02, &[0; 60_000])).await, 1008);
}

#[tokio::test]
async fn a_client_that_never_reads_is_cut_off_and_takes_a_bounded_queue() {
    for overflow in [Overflow::Close, Overflow::Drop] {
        let mut settings = WebSocketSettings::default();
        settings.overflow = overflow;
        settings.max_queue = 64 * 1024;
        settings.heartbeat = Duration::from_secs(1);
        let server = serve(settings, Duration::from_secs(60));
        let _client = server.raw("/").await;
        server.until(|server| !server.echo.0.senders.lock().unwrap().is_empty()).await;
        let sender = server.echo.0.senders.lock().unwrap()[0].clone();
        let mut was_full = false;
        server
            .until(|server| {
                was_full |= sender.try_send(vec![0; 60 * 1024]) == Err(SendError::Full);
                server.echo.0.closed.lock().unwrap().len() == 1
            })
            .await;
        assert!(was_full, "the queue has an end");
    }
}

#[tokio::test]
async fn a_handler_that_waits_for_room_is_let_go_when_the_client_never_reads() {
    let mut settings = WebSocketSettings::default();
    settings.heartbeat = Duration::from_millis(200);
    let server = serve(settings, Duration::from_secs(60));
    let mut client = server.raw("/").await;
    let (large, mut written) = (frame(0x82, &vec![0; 512 * 1024]), 0);
    while written < 200 {
        let writing = client.write_all(&large);
        if tokio::time::timeout(Duration::from_secs(1), writing)
            .await
            .map_or(true, |it| it.is_err())
        {
            break;
        }
        written += 1;
    }
    assert!(written < 200, "the server reads on");
    server.until(|server| server.echo.0.closed.lock().unwrap().len() == 1).await;
}
