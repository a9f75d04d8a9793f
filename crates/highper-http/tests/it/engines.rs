//! Both engines for HTTP/1 answer alike whatever is sent, however it is cut. Where they do not, the list
//! here says which section of an RFC lets them.

use std::time::Duration;

use futures_util::future::join_all;
use highper_http::{Http, Http1};
use proptest::{collection::vec, prelude::*, sample::Index};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Running, Service};

/// Whole messages, which a stream is made of before it is mutated.
const MESSAGES: [&str; 10] = [
    "GET /a HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /a/b?c=d HTTP/1.1\r\nHost: a.example:80\r\nAccept: */*\r\nX-A: b c\r\n\r\n",
    "GET http://a/absolute HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x=y\r\nd\r\n0\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX-T: u\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok",
    "POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxyz",
];

/// What is put anywhere: what has a meaning in a head, in chunks, or in neither.
const PIECES: [&str; 24] = [
    "\r\n",
    "\n",
    "\r",
    " ",
    "\t",
    "\0",
    ":",
    ",",
    ";",
    "#",
    "%",
    "\"",
    "/",
    "0",
    "9",
    "\u{e9}",
    "\r\n\r\n",
    "Host: b\r\n",
    "Content-Length: 3\r\n",
    "Content-Length: 0\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Connection: close\r\n",
    "Upgrade: echo\r\n",
    "0\r\n\r\n",
];

#[derive(Clone, Debug)]
enum Mutation {
    Insert(Index, Index),
    Remove(Index, usize),
    Replace(Index, u8),
    Repeat(Index, usize),
}

impl Mutation {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let end = |at: usize, length: usize| (at + length).min(bytes.len());
        match self {
            Self::Insert(at, piece) => {
                let at = at.index(bytes.len() + 1);
                bytes.splice(at..at, piece.get(&PIECES).bytes());
            }
            _ if bytes.is_empty() => {}
            Self::Remove(at, length) => {
                let at = at.index(bytes.len());
                bytes.drain(at..end(at, *length));
            }
            Self::Replace(at, byte) => {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            Self::Repeat(at, length) => {
                let at = at.index(bytes.len());
                let again = bytes[at..end(at, *length)].to_vec();
                bytes.splice(at..at, again);
            }
        }
    }
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        4 => any::<(Index, Index)>().prop_map(|(at, piece)| Mutation::Insert(at, piece)),
        2 => (any::<Index>(), 1..6_usize).prop_map(|(at, length)| Mutation::Remove(at, length)),
        2 => any::<(Index, u8)>().prop_map(|(at, byte)| Mutation::Replace(at, byte)),
        1 => (any::<Index>(), 1..30_usize).prop_map(|(at, length)| Mutation::Repeat(at, length)),
    ]
}

/// What a client sends, and before which bytes it pauses.
type Sent = (Vec<u8>, Vec<usize>);

fn stream() -> impl Strategy<Value = Sent> {
    let messages = vec(any::<Index>(), 1..4);
    (messages, vec(mutation(), 0..3), vec(any::<Index>(), 0..3)).prop_map(
        |(messages, mutations, cuts)| {
            let messages = messages.iter().map(|message| message.get(&MESSAGES).as_bytes());
            let mut bytes = messages.collect::<Vec<_>>().concat();
            mutations.iter().for_each(|mutation| mutation.apply(&mut bytes));
            let cuts = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            (bytes, cuts)
        },
    )
}

/// What one answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Answer {
    status: u16,
    body: String,
}

/// Where the engines part: all from the first answers that differ.
struct Parting<'a> {
    sent: &'a [u8],
    /// The answer before these, which is the same.
    before: Option<&'a Answer>,
    native: &'a [Answer],
    hyper: &'a [Answer],
}

/// Where the engines may part. What comes after that is not compared.
struct Difference {
    section: &'static str,
    why: &'static str,
    is: fn(&Parting<'_>) -> bool,
}

const DIFFERENCES: [Difference; 4] = [
    Difference {
        section: "RFC 9112, section 3.2",
        why: "hyper takes more for a target",
        is: |at| at.native.first().is_some_and(|answer| answer.is_refused("malformed target")),
    },
    Difference {
        section: "RFC 9112, section 9.6",
        why: "what follows the last request is none; the check in front of hyper still refuses it",
        is: |at| {
            at.before.is_some()
                && at.native.is_empty()
                && at.hyper.len() == 1
                && at.hyper[0].status >= 400
        },
    },
    Difference {
        section: "RFC 9112, section 9.3",
        why: "behind a body that nobody read hyper closes the connection, and ours reads it",
        is: |at| {
            at.before.is_some_and(|answer| answer.body.starts_with('/') || answer.body == "ignored")
                && at.hyper_alone_ends()
        },
    },
    Difference {
        section: "RFC 9110, section 7.8",
        why: "hyper takes Upgrade for a wish where Connection does not name it, and may end the connection",
        is: |at| {
            at.before.is_some()
                && at.hyper_alone_ends()
                && at.sent.windows(UPGRADE.len()).any(|part| part == UPGRADE)
        },
    },
];

/// As the pieces have it.
const UPGRADE: &[u8] = b"Upgrade: echo\r\n";

impl Parting<'_> {
    fn hyper_alone_ends(&self) -> bool {
        !self.native.is_empty() && self.hyper.is_empty()
    }
}

impl Answer {
    /// The same, but for how each engine words a refusal.
    fn is_like(&self, other: &Self) -> bool {
        self.status == other.status && (self.status >= 400 || self.body == other.body)
    }

    fn is_refused(&self, detail: &str) -> bool {
        self.status >= 400 && self.body.contains(detail)
    }
}

/// The first answer that no difference explains, if there is one.
fn unexplained(sent: &[u8], native: &[Answer], hyper: &[Answer]) -> Option<String> {
    let same = native.iter().zip(hyper).take_while(|(native, hyper)| native.is_like(hyper)).count();
    let before = same.checked_sub(1).map(|last| &native[last]);
    let at = Parting { sent, before, native: &native[same..], hyper: &hyper[same..] };
    let is_known = at.native.is_empty() && at.hyper.is_empty()
        || DIFFERENCES.iter().any(|difference| (difference.is)(&at));
    (!is_known).then(|| format!("native: {:?}\nhyper: {:?}", at.native, at.hyper))
}

/// The answers to a stream that is sent in pieces, up to the end of the connection.
async fn answers(server: &Running, sent: &Sent) -> Vec<Answer> {
    let (bytes, mut ends) = sent.clone();
    ends.extend([0, bytes.len()]);
    ends.sort_unstable();
    let client = server.connect().await;
    client.set_nodelay(true).unwrap();
    let (mut reader, mut writer) = client.into_split();
    let reading = tokio::spawn(async move {
        let mut got = Vec::new();
        // A reset after the last answer takes nothing from what came before it.
        let _ = reader.read_to_end(&mut got).await;
        got
    });
    for ends in ends.windows(2) {
        if writer.write_all(&bytes[ends[0]..ends[1]]).await.is_err() {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    let _ = writer.shutdown().await;
    let got = tokio::time::timeout(Duration::from_secs(20), reading).await;
    parsed(&got.expect("the server ends the connection").unwrap())
}

/// Long enough for most pieces to be read by themselves; where one is not, there is less to compare.
const PAUSE: Duration = Duration::from_millis(2);

/// The answers in what a server sent, but the interim ones. All of them have a length.
fn parsed(mut got: &[u8]) -> Vec<Answer> {
    let mut answers = Vec::new();
    while let Some(end) = got.windows(4).position(|end| end == b"\r\n\r\n") {
        let head = std::str::from_utf8(&got[..end]).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head.split("content-length: ").nth(1).map(|rest| rest.lines().next().unwrap());
        let (body, rest) =
            got[end + 4..].split_at(length.map_or(0, |length| length.parse().unwrap()));
        if status != 100 {
            answers.push(Answer { status, body: String::from_utf8_lossy(body).into_owned() });
        }
        got = rest;
    }
    assert!(got.is_empty(), "no answer: {}", String::from_utf8_lossy(got));
    answers
}

/// What both engines answered to each stream, and where they differ for no reason that is known.
fn compare(streams: &[Sent]) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (native, hyper) = runtime.block_on(async {
        let native = Running::serve(Http::new(Service).http1(Http1::Native));
        let hyper = Running::serve(Http::new(Service).http1(Http1::Hyper));
        let all = |server| join_all(streams.iter().map(move |stream| answers(server, stream)));
        tokio::join!(all(&native), all(&hyper))
    });
    let pairs = native.iter().zip(&hyper).zip(streams);
    let differing = pairs.filter_map(|((native, hyper), (sent, _))| {
        let found = unexplained(sent, native, hyper)?;
        let known = DIFFERENCES.map(|Difference { section, why, .. }| format!("{section}: {why}"));
        let sent = String::from_utf8_lossy(sent);
        Some(format!("{sent:?}\n{found}\nThey may differ here:\n{}", known.join("\n")))
    });
    differing.collect()
}

#[test]
fn every_message_is_answered_alike_wherever_it_is_cut() {
    for message in MESSAGES {
        let cut = |at| (message.as_bytes().to_vec(), vec![at]);
        let differing = compare(&(0..=message.len()).map(cut).collect::<Vec<_>>());
        assert!(differing.is_empty(), "{}", differing[0]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn mutated_streams_are_answered_alike(streams in vec(stream(), 40)) {
        let differing = compare(&streams);
        prop_assert!(differing.is_empty(), "{}", differing[0]);
    }
}
