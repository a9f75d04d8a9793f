//! Messages that are compressed (RFC 7692), by a client that is written out here.

use std::time::Duration;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use highper_ws::{Deflate, Frame, Message, WebSocketSettings};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{Running, frame, handshake, next_frame, rest, serve};

const OFFER: &str = "sec-websocket-extensions: permessage-deflate; client_max_window_bits\r\n";

/// What a flush ends with.
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

fn server(change: impl FnOnce(&mut Deflate)) -> Running {
    let mut deflate = Deflate::default();
    change(&mut deflate);
    let mut settings = WebSocketSettings::default();
    settings.deflate = Some(deflate);
    serve(settings, Duration::from_secs(60))
}

fn both_take_over(deflate: &mut Deflate) {
    (deflate.server_takeover, deflate.client_takeover) = (true, true);
}

fn deflated(by: &mut Compress, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 1024);
    by.compress_vec(bytes, &mut out, FlushCompress::Sync).unwrap();
    assert!(out.ends_with(&TAIL));
    out.truncate(out.len() - TAIL.len());
    out
}

fn inflated(by: &mut Decompress, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 << 20);
    let bytes = [bytes, &TAIL].concat();
    by.decompress_vec(&bytes, &mut out, FlushDecompress::None).unwrap();
    out
}

fn compress() -> Compress {
    Compress::new(Compression::best(), false)
}

/// Text that becomes less, and differs by its seed.
fn text(seed: usize) -> String {
    (0..500).map(|line| format!("{} is not {line}\n", line * seed)).collect()
}

async fn send(client: &mut TcpStream, first: u8, payload: &[u8]) {
    client.write_all(&frame(first, payload)).await.unwrap();
}

#[tokio::test]
async fn only_who_offers_it_and_is_to_gets_it() {
    let line = "sec-websocket-extensions";
    assert!(!Running::start().ask(&handshake("/", OFFER)).await.contains(line));
    let server = server(|_| ());
    assert!(!server.ask(&handshake("/", "")).await.contains(line));
    let answer = server.ask(&handshake("/", OFFER)).await;
    let both = "permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n";
    assert!(answer.contains(both), "{answer}");
}

#[tokio::test]
async fn the_messages_of_the_rfc_are_understood() {
    let server = server(|_| ());
    for path in ["/", "/stream"] {
        let mut client = server.raw_with(path, OFFER).await;
        for frames in [
            frame(0xc1, &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]),
            [frame(0x41, &[0xf2, 0x48, 0xcd]), frame(0x80, &[0xc9, 0xc9, 0x07, 0x00])].concat(),
            // Not compressed.
            frame(0xc1, &[0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00]),
            // The last block of a stream.
            frame(0xc1, &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00]),
            // Two blocks.
            frame(0xc1, &[0xf2, 0x48, 0x05, 0, 0, 0, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00]),
            frame(0x81, b"Hello"),
        ] {
            client.write_all(&frames).await.unwrap();
            assert_eq!(next_frame(&mut client).await, (0x81, b"Hello".to_vec()), "{frames:x?}");
        }
        // The empty message.
        send(&mut client, 0xc2, &[0]).await;
        assert_eq!(next_frame(&mut client).await, (0x82, Vec::new()));
    }
}

#[tokio::test]
async fn a_message_comes_back_compressed_unless_it_is_small_or_grows() {
    let server = server(|_| ());
    for path in ["/", "/stream"] {
        let mut client = server.raw_with(path, OFFER).await;
        let large = text(1);
        send(&mut client, 0xc1, &deflated(&mut compress(), large.as_bytes())).await;
        let (first, payload) = next_frame(&mut client).await;
        assert_eq!(first, 0xc1);
        assert!(payload.len() < large.len() / 2);
        assert_eq!(inflated(&mut Decompress::new(false), &payload), large.as_bytes());

        let small = &large.as_bytes()[..1023];
        send(&mut client, 0x81, small).await;
        assert_eq!(next_frame(&mut client).await, (0x81, small.to_vec()));

        // A linear congruential generator: nothing that zlib would see through.
        let next = |seed: &u32| Some(seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
        let noise: Vec<u8> =
            std::iter::successors(Some(1), next).map(|it| (it >> 24) as u8).take(4096).collect();
        send(&mut client, 0x82, &noise).await;
        assert_eq!(next_frame(&mut client).await, (0x82, noise));
    }
}

#[tokio::test]
async fn ends_that_take_over_refer_to_what_was_said_before_the_connection_parked() {
    let server = server(both_take_over);
    let mut client = server.raw_with("/", OFFER).await;
    let (mut own, mut theirs) = (compress(), Decompress::new(false));
    let mut sizes = Vec::new();
    for _ in 0..3 {
        let sent = text(7);
        send(&mut client, 0xc1, &deflated(&mut own, sent.as_bytes())).await;
        let (first, payload) = next_frame(&mut client).await;
        assert_eq!(first, 0xc1);
        assert_eq!(inflated(&mut theirs, &payload), sent.as_bytes());
        sizes.push(payload.len());
        server.parked(1).await;
    }
    assert!(sizes[1] < sizes[0] / 5 && sizes[2] < sizes[0] / 5, "{sizes:?}");
}

#[tokio::test]
async fn a_client_without_takeover_is_not_inflated_with_what_it_said_before() {
    let server = server(|_| ());
    let mut client = server.raw_with("/", OFFER).await;
    let mut own = compress();
    send(&mut client, 0xc1, &deflated(&mut own, b"Hello")).await;
    assert_eq!(next_frame(&mut client).await.1, b"Hello");
    send(&mut client, 0xc1, &deflated(&mut own, b"Hello")).await;
    let (first, close) = next_frame(&mut client).await;
    assert_eq!((first, &close[..2]), (0x88, &1007_u16.to_be_bytes()[..]));
}

#[tokio::test]
async fn a_message_that_becomes_too_large_closes_with_1009() {
    let server = server(both_take_over);
    let bomb = deflated(&mut compress(), &vec![0; 64 << 20]);
    assert!(bomb.len() < 100_000);
    for path in ["/", "/stream"] {
        assert_eq!(code(&server, path, &frame(0xc2, &bomb)).await, 1009);
    }
    // As large as it may be.
    let mut client = server.raw_with("/", OFFER).await;
    send(&mut client, 0xc2, &deflated(&mut compress(), &vec![0; 1 << 20])).await;
    assert_eq!(next_frame(&mut client).await.0, 0xc2);
}

/// The code that the server closes with.
async fn code(server: &Running, path: &str, bytes: &[u8]) -> u16 {
    let mut client = server.raw_with(path, OFFER).await;
    client.write_all(bytes).await.unwrap();
    let got = rest(client).await;
    let at = got.iter().rposition(|byte| *byte == 0x88).expect("a close frame");
    u16::from_be_bytes([got[at + 2], got[at + 3]])
}

#[tokio::test]
async fn what_is_not_compressed_as_it_should_be_has_its_code() {
    for server in [server(|_| ()), server(both_take_over)] {
        for (bytes, expected) in [
            // Each frame of a message that says it again.
            ([frame(0x41, &[0xf2, 0x48]), frame(0xc0, &[0xcd])].concat(), 1002),
            ([frame(0x01, b"a"), frame(0xc0, &[0])].concat(), 1002),
            (frame(0xc9, b""), 1002),
            (frame(0xa1, b""), 1002),
            (frame(0xc1, &[0xff; 20]), 1007),
            (frame(0xc1, &deflated(&mut compress(), &[0xff])), 1007),
            // It says that it is larger than even a message that does not become less.
            ([&[0xc2, 0xff][..], &(1_u64 << 21).to_be_bytes(), &[0; 4]].concat(), 1009),
        ] {
            assert_eq!(code(&server, "/", &bytes).await, expected, "{bytes:x?}");
        }
    }
}

#[tokio::test]
async fn what_inflating_adds_counts_as_bytes_of_the_client() {
    let mut settings = WebSocketSettings::default();
    settings.deflate = Some(Deflate::default());
    settings.byte_rate = Some(100_000);
    let server = serve(settings, Duration::from_secs(60));
    let message = frame(0xc2, &deflated(&mut compress(), &[0; 60_000]));
    assert_eq!(code(&server, "/", &message.repeat(2)).await, 1008);
}

#[tokio::test]
async fn one_frame_goes_to_clients_of_every_window_and_to_those_without() {
    let server = server(|_| ());
    let window = |bits| {
        format!("sec-websocket-extensions: permessage-deflate; server_max_window_bits={bits}\r\n")
    };
    let offers = [window(12), window(9), OFFER.to_owned(), String::new()];
    let mut clients = Vec::new();
    for offer in &offers {
        clients.push(server.raw_with("/", offer).await);
    }
    server.until(|server| server.echo.0.senders.lock().unwrap().len() == offers.len()).await;
    let sent = text(3);
    let one = Frame::from(Message::from(&*sent));
    for sender in &*server.echo.0.senders.lock().unwrap() {
        sender.try_send_frame(&one).unwrap();
    }
    for (client, bits) in clients.iter_mut().zip([12, 9, 15, 0]) {
        let (first, payload) = next_frame(client).await;
        let got = match bits {
            0 => payload,
            bits => inflated(&mut Decompress::new_with_window_bits(false, bits), &payload),
        };
        assert_eq!((first, got), (if bits == 0 { 0x81 } else { 0xc1 }, sent.clone().into_bytes()));
    }
}
