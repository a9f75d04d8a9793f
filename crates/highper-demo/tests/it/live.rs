//! The live page without a browser: its form, its WebSocket and its server-sent events.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use serde_json::Value;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Message, WebSocket, client};

use crate::curl::Answer;
use crate::demo::Demo;

impl Demo {
    pub(crate) fn order(&self, form: &str) -> Answer {
        self.send("POST", "/live/orders", "application/x-www-form-urlencoded", form)
    }

    fn socket(&self) -> WebSocket<TcpStream> {
        let url = format!("ws://{}/live/socket", self.address);
        client(url, self.connect()).unwrap().0
    }

    /// Server-sent events, after the one with the id `last`.
    fn events(&self, last: &str) -> Events {
        let mut stream = self.connect();
        let head = format!("GET /live/events HTTP/1.1\r\nHost: a\r\nLast-Event-ID: {last}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut events = Events { lines: BufReader::new(stream), id: String::new() };
        while !events.line().expect("a head").is_empty() {}
        events
    }
}

struct Events {
    lines: BufReader<TcpStream>,
    /// Of the last event.
    id: String,
}

impl Events {
    /// What the next event says; nothing at the end.
    fn next(&mut self) -> Option<Value> {
        loop {
            let line = self.line()?;
            if let Some(id) = line.strip_prefix("id: ") {
                self.id = id.to_owned();
            } else if let Some(data) = line.strip_prefix("data: ") {
                return Some(serde_json::from_str(data).expect(data));
            }
        }
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.lines.read_line(&mut line).expect("a line, or the end");
        (read > 0).then(|| line.trim_end().to_owned())
    }
}

fn next(socket: &mut WebSocket<TcpStream>) -> Value {
    let message = socket.read().unwrap();
    serde_json::from_str(message.to_text().unwrap()).unwrap()
}

/// The news of a kind that come next; those of other kinds are passed over.
fn next_of(socket: &mut WebSocket<TcpStream>, kind: &str) -> Value {
    loop {
        let news = next(socket);
        if news["type"] == kind {
            return news;
        }
    }
}

fn left(snapshot: &Value, book: usize) -> &Value {
    &snapshot["stock"][book - 1][1]
}

#[test]
fn the_page_shows_what_there_is_without_a_script() {
    let demo = Demo::start();
    assert!(demo.get("/").text().contains("<a href=/live>"));
    let ordered = demo.order("book=2&customer=%3Cb%3EAda%3C/b%3E");
    assert_eq!((ordered.status, ordered.header("location")), (303, "/live"));
    let page = demo.get("/live");
    assert!(page.text().contains("<bdi>&lt;b&gt;Ada&lt;/b&gt;</bdi> ordered <bdi>Solaris</bdi>"));
    assert!(page.text().contains("<span class=left>19 left</span>"), "{page:?}");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
    assert!(page.text().contains("<script type=module src=/assets/live.js></script>"));
    assert_eq!(
        demo.get("/assets/live.js").header("content-type"),
        "text/javascript; charset=utf-8"
    );
}

#[test]
fn an_order_that_cannot_be_taken_is_refused_with_its_reason() {
    let demo = Demo::start();
    assert_eq!(demo.order("book=9").problem(404), "there is no book 9");
    assert!(demo.order("customer=Ada").problem(422).contains("`book`"));
    for name in ["x".repeat(41), "A%0Ada".to_owned()] {
        let problem = demo.order(&format!("book=1&customer={name}")).problem(422);
        assert!(problem.contains("at most 40 characters"), "{problem}");
    }
    for _ in 0..20 {
        assert_eq!(demo.order("book=1").status, 303);
    }
    assert!(demo.order("book=1").problem(409).contains("the last copy is sold"));
    let page = demo.get("/live").text();
    assert!(page.contains("aria-label=\"Order The Dispossessed\" disabled"), "{page}");
    assert_eq!(page.matches("Sold out").count(), 1, "{page}");
    assert_eq!(demo.order(&"x".repeat(5_000)).status, 413);
}

#[test]
fn pages_of_other_sites_neither_order_nor_look() {
    let demo = Demo::start();
    for header in ["Origin: http://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site"] {
        let answer = demo.curl(&["-H", header, "-d", "book=1"], "/live/orders", b"");
        assert!(answer.problem(403).contains("another site"), "{header}");
    }
    let own = format!("Origin: http://{}", demo.address);
    assert_eq!(demo.curl(&["-H", &own, "-d", "book=1"], "/live/orders", b"").status, 303);
    let got = demo.exchange(
        "GET /live/socket HTTP/1.1\r\nHost: a\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Origin: http://evil.example\r\n\r\n",
    );
    assert!(got.starts_with("HTTP/1.1 403 "), "{got}");
}

#[test]
fn everybody_sees_an_order_and_how_many_look() {
    for demo in Demo::on_each_engine(&[]) {
        let mut first = demo.socket();
        let snapshot = next_of(&mut first, "snapshot");
        assert_eq!((&snapshot["people"], left(&snapshot, 3)), (&1.into(), &20.into()));
        let mut second = demo.socket();
        assert_eq!(next_of(&mut second, "snapshot")["people"], 2);
        assert_eq!(next_of(&mut first, "people")["people"], 2);
        let mut third = demo.events("");
        assert_eq!(third.next().unwrap()["people"], 3);
        assert_eq!(next_of(&mut first, "people")["people"], 3);
        assert_eq!(demo.order("book=3&customer=%20Ada%20").status, 303);
        for order in [
            next_of(&mut first, "order"),
            next_of(&mut second, "order"),
            third.next().expect("an event"),
        ] {
            assert_eq!((&order["book"], &order["left"]), (&3.into(), &19.into()), "{order}");
            assert_eq!((&order["customer"], &order["title"]), (&"Ada".into(), &"Kindred".into()));
        }
        drop(third);
        assert_eq!(next_of(&mut first, "people")["people"], 2);
        drop(second);
        assert_eq!(next_of(&mut first, "people")["people"], 1);
    }
}

#[test]
fn who_was_away_gets_what_it_has_missed_or_all_there_is() {
    let demo = Demo::start();
    let mut events = demo.events("");
    assert_eq!(events.next().unwrap()["type"], "snapshot");
    let at_first = events.id.clone();
    drop(events);
    for book in [1, 2] {
        demo.order(&format!("book={book}"));
    }
    let mut events = demo.events(&at_first);
    for book in [1, 2] {
        let order = events.next().unwrap();
        assert_eq!((&order["type"], &order["book"]), (&"order".into(), &book.into()));
    }
    let (epoch, number) = events.id.split_once('-').unwrap();
    assert_eq!(number, "2");
    for unknown in [format!("{epoch}-3"), "1-1".to_owned(), "x".to_owned()] {
        let snapshot = demo.events(&unknown).next().unwrap();
        assert_eq!((&snapshot["type"], left(&snapshot, 2)), (&"snapshot".into(), &19.into()));
    }
    for number in 0..50 {
        assert_eq!(demo.order(&format!("book={}", number % 3 + 2)).status, 303);
    }
    let snapshot = demo.events(&at_first).next().unwrap();
    let orders = snapshot["orders"].as_array().expect("more than is kept");
    assert_eq!((orders.len(), &orders[49]["id"]), (50, &format!("{epoch}-52").into()));
}

#[test]
fn many_who_look_are_not_told_one_by_one() {
    let demo = Demo::start();
    let mut sockets: Vec<_> = (0..110).map(|_| demo.socket()).collect();
    assert_eq!(next_of(&mut sockets[109], "snapshot")["people"], 101);
    demo.order("book=1");
    let told = std::iter::from_fn(|| Some(next(&mut sockets[99])));
    let told =
        told.take_while(|news| news["type"] != "order").filter(|news| news["type"] == "people");
    assert_eq!(told.count(), 2, "of its own coming, and of more than 100");
}

#[test]
fn pages_are_told_that_the_shop_restarts() {
    for demo in Demo::on_each_engine(&[]) {
        let (mut socket, mut events) = (demo.socket(), demo.events(""));
        next_of(&mut socket, "snapshot");
        events.next().expect("a snapshot");
        demo.signal();
        let code = loop {
            if let Message::Close(frame) = socket.read().expect("a close before the end") {
                break frame.expect("a code").code;
            }
        };
        assert_eq!(code, CloseCode::Away);
        while events.next().is_some() {}
        // The answer to the close.
        let _ = socket.flush();
        let (code, log) = demo.ended();
        assert_eq!(code, Some(0), "{log}");
    }
}
