//! What the bookshop logs, as somebody finds it who reads the log.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use rustix::process::Signal;
use serde_json::Value;

use crate::command::TIME_LIMIT;
use crate::service::{Service, until};

/// All lines, each of which has to be JSON, by their time: those of two threads may change places.
fn lines(log: &str) -> Vec<Value> {
    let json = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let whole = log.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let mut lines: Vec<Value> = whole.map(json).collect();
    lines.sort_by_key(|line| line["datetime"].as_str().map(str::to_owned));
    lines
}

/// What the lines of requests say.
pub(crate) fn requests(log: &str) -> Vec<Value> {
    let is_one = |line: &Value| line["extra"]["target"] == "highper_log::access";
    lines(log).into_iter().filter(is_one).map(|line| line["context"].clone()).collect()
}

/// Sends bytes and reads to the end.
pub(crate) fn exchange(shop: &Service, bytes: &str) -> String {
    let mut client = TcpStream::connect(shop.address).unwrap();
    client.set_read_timeout(Some(TIME_LIMIT)).unwrap();
    client.write_all(bytes.as_bytes()).unwrap();
    let mut got = String::new();
    client.read_to_string(&mut got).unwrap();
    got
}

pub(crate) fn get(shop: &Service, target: &str) -> String {
    exchange(shop, &format!("GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
}

#[test]
fn every_request_has_one_line_be_it_answered_refused_or_given_up() {
    let shop = Service::start(&[]);
    get(&shop, "/books/1?token=canary");
    get(&shop, "/no%0d%0asuch%22page");
    exchange(&shop, "GET / HTTP/1.1\r\n\r\n");
    exchange(&shop, &format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(10_000)));
    exchange(&shop, &format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(40_000)));
    let mut gone = TcpStream::connect(shop.address).unwrap();
    let body = "POST /api/books HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{";
    gone.write_all(body.as_bytes()).unwrap();
    gone.shutdown(Shutdown::Both).unwrap();
    let chunked = "POST /api/books HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n";
    exchange(&shop, chunked);
    until("every request has its line", || requests(&shop.log()).len() >= 7);
    shop.signal(Signal::TERM);
    let mut shop = shop;
    assert_eq!(shop.ended(), Some(0));
    let requests = requests(&shop.log());
    let field = |name: &str| requests.iter().map(|it| it[name].clone()).collect::<Vec<_>>();
    assert_eq!(requests.len(), 7, "{requests:#?}");
    assert_eq!(requests[0]["route"], "/books/{id}");
    assert_eq!(requests[0]["path"], "/books/1");
    assert_eq!((&requests[1]["status"], &requests[1]["route"]), (&404.into(), &Value::Null));
    assert_eq!(field("status")[2..5], [400, 414, 431]);
    assert!(field("refused")[2..5].iter().all(Value::is_string), "{requests:#?}");
    assert!(field("peer").iter().all(|peer| peer == "127.0.0.1"));
    assert!(!shop.log().contains("canary"));
}

#[test]
fn an_error_is_found_by_the_id_that_the_client_was_told_whatever_is_logged() {
    let shop = Service::start(&[("LOG_LEVEL", "error")]);
    let answer = get(&shop, "/panic");
    let (_, rest) = answer.split_once("x-request-id: ").expect(&answer);
    let (id, _) = rest.split_once('\r').unwrap();
    until("the error is logged", || shop.log().contains("the shelf fell over"));
    let lines = lines(&shop.log());
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["extra"]["spans"][0]["request_id"], id);
    assert_eq!(lines[0]["context"]["route"], "/panic");
}

#[test]
fn a_file_has_every_line_when_the_program_has_ended_and_is_put_aside() {
    let folder = crate::service::Folder::new();
    let file = folder.path("shop.log");
    let mut shop = Service::start(&[
        ("LOG_TARGET", file.to_str().unwrap()),
        ("LOG_FORMAT", "text"),
        ("LOG_ROTATE_BYTES", "2000"),
    ]);
    for number in 0..50 {
        get(&shop, &format!("/books/{number}"));
    }
    shop.signal(Signal::TERM);
    assert_eq!(shop.ended(), Some(0));
    let files = fs::read_dir(folder.path(".")).unwrap().map(|entry| entry.unwrap().path());
    let texts: Vec<_> = files.map(|path| fs::read_to_string(path).unwrap()).collect();
    assert!(texts.len() > 1);
    for number in 0..50 {
        let path = format!("\"path\":\"/books/{number}\"");
        let count: usize = texts.iter().map(|text| text.matches(&path).count()).sum();
        assert_eq!(count, 1, "{path}");
    }
    assert!(texts.iter().flat_map(|text| text.lines()).all(|line| line.starts_with("[20")));
    assert_eq!(shop.log(), "");
}

#[test]
fn a_full_disk_under_the_log_hinders_neither_requests_nor_the_end() {
    let mut shop = Service::start(&[("LOG_TARGET", "/dev/full")]);
    for number in 0..100 {
        let answer = get(&shop, &format!("/books/{number}"));
        assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
    }
    assert!(get(&shop, "/panic").starts_with("HTTP/1.1 500 "));
    shop.signal(Signal::TERM);
    assert_eq!(shop.ended(), Some(0));
}

#[test]
fn the_access_log_can_be_turned_off() {
    let mut shop = Service::start(&[("LOG_ACCESS", "off")]);
    assert!(!get(&shop, "/").contains("x-request-id"));
    exchange(&shop, "GET / HTTP/1.1\r\n\r\n");
    shop.signal(Signal::TERM);
    assert_eq!(shop.ended(), Some(0));
    assert_eq!(requests(&shop.log()).len(), 0);
}
