//! A connection that parks behaves as one that does not.

use std::time::Duration;

use futures_util::future::join_all;
use highper_http::{Http, Http1, Limits};
use highper_net::Parking;
use proptest::{collection::vec, prelude::*, sample::Index};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Running, Service, each_engine, read_until, until};

/// Parks whatever is quiet for 10 to 20 ms, and has no places for quiet connections that are hot.
const EAGER: Parking =
    Parking { quiet_time: Duration::from_millis(10), max_hot: 0, max_parked: 100_000 };

/// Long enough for a quiet connection to park on a machine that is not busy; where it is not, there
/// is less to compare, and nothing fails.
const PAUSE: Duration = Duration::from_millis(35);

fn server(parking: Option<Parking>, limits: Limits) -> Running {
    Running::parking(Http::new(Service).limits(limits), parking)
}

fn servers(parking: Option<Parking>, limits: Limits) -> impl Iterator<Item = Running> {
    each_engine().map(move |engine| {
        Running::parking(Http::new(Service).limits(limits.clone()).http1(engine), parking)
    })
}

async fn ask(client: &mut TcpStream, path: &str) -> String {
    client.write_all(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes()).await.unwrap();
    read_until(client, path).await
}

#[tokio::test]
async fn a_connection_parks_between_requests_and_comes_back_for_each() {
    for server in servers(Some(EAGER), Limits::default()) {
        let mut client = server.connect().await;
        until(&server.handle, |handle| handle.metrics().parked == 1).await;
        for round in 1..=3 {
            assert!(ask(&mut client, "/again").await.starts_with("HTTP/1.1 200 "));
            until(&server.handle, |handle| handle.metrics().parked == 1).await;
            let metrics = server.handle.metrics();
            assert_eq!((metrics.connections, metrics.active), (1, 0));
            assert!(metrics.wakes >= round, "{metrics:?}");
        }
        drop(client);
        until(&server.handle, |handle| handle.connections() == 0).await;
    }
}

#[tokio::test]
async fn half_a_head_is_never_parked() {
    for server in servers(Some(EAGER), Limits::default()) {
        let mut client = server.connect().await;
        client.write_all(b"GET /half HTTP/1.1\r\nHo").await.unwrap();
        until(&server.handle, |handle| handle.metrics().wakes == 1).await;
        tokio::time::sleep(PAUSE * 3).await;
        assert_eq!(server.handle.metrics().parked, 0);
        client.write_all(b"st: a\r\n\r\n").await.unwrap();
        assert!(read_until(&mut client, "/half").await.starts_with("HTTP/1.1 200 "));
    }
}

#[tokio::test]
async fn a_peer_that_resets_while_parked_leaves_nothing_behind() {
    for server in servers(Some(EAGER), Limits::default()) {
        for _ in 0..10 {
            let client = server.connect().await;
            until(&server.handle, |handle| handle.metrics().parked == 1).await;
            client.set_zero_linger().unwrap();
            drop(client);
            until(&server.handle, |handle| handle.connections() == 0).await;
        }
    }
}

#[tokio::test]
async fn a_parked_connection_is_ended_by_its_time_out_and_by_the_drain() {
    let short = Duration::from_millis(200);
    let limits = Limits { idle_timeout: short, ..Limits::default() };
    for server in servers(Some(EAGER), limits) {
        let mut fresh = server.connect().await;
        let mut used = server.connect().await;
        ask(&mut used, "/once").await;
        // The fresh one has a minute for its first byte.
        assert_eq!(used.read(&mut [0; 16]).await.unwrap(), 0);
        until(&server.handle, |handle| handle.metrics().parked == 1).await;
        server.drain();
        assert_eq!(fresh.read(&mut [0; 16]).await.unwrap(), 0);
        until(&server.handle, |handle| handle.connections() == 0).await;
    }
}

#[tokio::test]
async fn a_request_that_a_parked_connection_sends_into_the_drain_is_answered() {
    for server in servers(Some(EAGER), Limits::default()) {
        let mut clients = Vec::new();
        for _ in 0..50 {
            let mut client = server.connect().await;
            ask(&mut client, "/first").await;
            clients.push(client);
        }
        until(&server.handle, |handle| handle.metrics().parked == 50).await;
        for client in &mut clients {
            client.write_all(b"GET /last HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        }
        server.drain();
        for client in &mut clients {
            let mut got = String::new();
            client.read_to_string(&mut got).await.unwrap();
            assert!(got.ends_with("/last"), "{got}");
        }
    }
}

/// One message of a client.
#[derive(Clone, Debug)]
enum Message {
    Get(u8),
    Head,
    Sized(Vec<u8>),
    Chunked(Vec<u8>),
    Expecting(Vec<u8>),
    Later,
    Close,
    Malformed,
    Upgrade,
}

impl Message {
    fn bytes(&self) -> Vec<u8> {
        let head = |text: String| text.into_bytes();
        match self {
            Self::Get(path) => head(format!("GET /{path} HTTP/1.1\r\nHost: a\r\n\r\n")),
            Self::Head => head("HEAD /head HTTP/1.1\r\nHost: a\r\n\r\n".into()),
            Self::Sized(body) => {
                let length = body.len();
                let text =
                    format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
                [head(text), body.clone()].concat()
            }
            Self::Chunked(body) => {
                let text = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
                let mut bytes = head(text.into());
                for piece in body.chunks(7) {
                    bytes.extend(format!("{:x}\r\n", piece.len()).bytes());
                    bytes.extend(piece);
                    bytes.extend(b"\r\n");
                }
                [bytes, b"0\r\n\r\n".to_vec()].concat()
            }
            Self::Expecting(body) => {
                let text = format!(
                    "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
                    body.len()
                );
                [head(text), body.clone()].concat()
            }
            Self::Later => head("GET /later HTTP/1.1\r\nHost: a\r\n\r\n".into()),
            Self::Close => head("GET /end HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".into()),
            Self::Malformed => head("GET /bad HTTP/1.1\r\nHost : a\r\n\r\n".into()),
            Self::Upgrade => head(
                "GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n"
                    .into(),
            ),
        }
    }
}

fn message() -> impl Strategy<Value = Message> {
    let body = || vec(any::<u8>(), 0..40);
    prop_oneof![
        6 => any::<u8>().prop_map(Message::Get),
        1 => Just(Message::Head),
        3 => body().prop_map(Message::Sized),
        3 => body().prop_map(Message::Chunked),
        1 => body().prop_map(Message::Expecting),
        1 => Just(Message::Later),
        1 => Just(Message::Close),
        1 => Just(Message::Malformed),
        1 => Just(Message::Upgrade),
    ]
}

/// What a client sends, and where it pauses.
fn stream() -> impl Strategy<Value = Vec<Vec<u8>>> {
    (vec(message(), 1..5), vec(any::<Index>(), 0..5)).prop_map(|(messages, cuts)| {
        let ends: Vec<usize> = messages
            .iter()
            .scan(0, |end, message| {
                *end += message.bytes().len();
                Some(*end)
            })
            .collect();
        let bytes: Vec<u8> = messages.iter().flat_map(Message::bytes).collect();
        // Anywhere, and between two messages, where a connection may park.
        let mut places: Vec<usize> = cuts
            .iter()
            .enumerate()
            .map(|(at, cut)| if at % 2 == 0 { cut.index(bytes.len()) } else { *cut.get(&ends) })
            .collect();
        places.extend([0, bytes.len()]);
        places.sort_unstable();
        places.windows(2).map(|ends| bytes[ends[0]..ends[1]].to_vec()).collect()
    })
}

/// Sends the pieces with a pause before each; what comes back until the end, without the dates.
async fn answers(server: &Running, pieces: Vec<Vec<u8>>) -> String {
    let (mut reader, mut writer) = server.connect().await.into_split();
    let reading = tokio::spawn(async move {
        let mut got = Vec::new();
        // A reset after the last answer takes nothing from what came before it.
        let _ = reader.read_to_end(&mut got).await;
        String::from_utf8_lossy(&got).into_owned()
    });
    for piece in pieces {
        tokio::time::sleep(PAUSE).await;
        if writer.write_all(&piece).await.is_err() {
            break;
        }
    }
    let _ = writer.shutdown().await;
    let got = tokio::time::timeout(Duration::from_secs(20), reading).await;
    let got = got.expect("the server ends the connection").unwrap();
    got.lines().filter(|line| !line.starts_with("date: ")).collect::<Vec<_>>().join("\n")
}

/// What does not depend on the engine: not the order of the fields, and not whether a client that
/// expects a 100 and has sent its body already is told to.
fn sorted(answers: &str) -> Vec<String> {
    let answers = answers.replace("HTTP/1.1 100 Continue\n\n", "");
    let mut lines: Vec<_> = answers.lines().map(ToOwned::to_owned).collect();
    lines.sort_unstable();
    lines
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 50, ..ProptestConfig::default() })]

    #[test]
    fn answers_are_the_same_with_parking_and_without_and_with_either_engine(streams in vec(stream(), 40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (with, without, hyper, wakes) = runtime.block_on(async {
            let parking = server(Some(EAGER), Limits::default());
            let plain = server(None, Limits::default());
            let hyper = Running::parking(Http::new(Service).http1(Http1::Hyper), Some(EAGER));
            let all = |server| join_all(streams.iter().map(move |pieces| answers(server, pieces.clone())));
            let (with, without, other) = tokio::join!(all(&parking), all(&plain), all(&hyper));
            (with, without, other, parking.handle.metrics().wakes)
        });
        for ((native, hyper), pieces) in with.iter().zip(&hyper).zip(&streams) {
            let sent = String::from_utf8_lossy(&pieces.concat()).into_owned();
            // In front of hyper what comes after the last request is still looked at, and refused. It
            // is not a request any more (RFC 9112, section 9.6).
            if sent.split_once("Connection: close\r\n\r\n").is_some_and(|(_, rest)| !rest.is_empty()) {
                continue;
            }
            prop_assert_eq!(sorted(native), sorted(hyper), "{}", sent);
        }
        prop_assert_eq!(with, without);
        // Every connection begins parked; more wakes than connections: some parked in between.
        prop_assert!(wakes > 40, "{} wakes", wakes);
    }
}
