//! How the bookshop starts, and how it ends.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::command::run;
use crate::demo::{Demo, program};

#[test]
fn a_signal_ends_it_though_clients_keep_their_connections() {
    for demo in Demo::on_each_engine(&[("DRAIN_TIMEOUT", "20")]) {
        let mut quiet = demo.connect();
        let mut answered = demo.connect();
        answered.write_all(b"GET /books/1 HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        let mut first = [0; 12];
        answered.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        let started = Instant::now();
        let (code, log) = demo.terminate();
        assert_eq!(code, Some(0), "{log}");
        assert!(started.elapsed() < Duration::from_secs(20), "waited for idle connections: {log}");
        for stream in [&mut quiet, &mut answered] {
            stream.read_to_end(&mut Vec::new()).expect("closed, not reset");
        }
    }
}

const UBIK: &str = r#"{"title":"Ubik","author":"Philip K. Dick","price":990}"#;

/// A request that is in a handler and waits for its body.
fn in_flight(demo: &Demo) -> TcpStream {
    let mut client = demo.connect();
    let head = format!(
        "POST /api/books HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        UBIK.len()
    );
    client.write_all(head.as_bytes()).unwrap();
    let mut interim = [0; 25];
    client.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    client
}

/// Sends the signal and waits until the server ends what is idle.
fn begin_to_drain(demo: &Demo) {
    let mut idle = demo.connect();
    demo.signal();
    assert_eq!(idle.read(&mut [0]).expect("closed, not reset"), 0);
}

#[test]
fn what_is_in_flight_is_finished() {
    for demo in Demo::on_each_engine(&[]) {
        let mut client = in_flight(&demo);
        begin_to_drain(&demo);
        client.write_all(UBIK.as_bytes()).unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
        let (code, log) = demo.ended();
        assert_eq!(code, Some(0), "{log}");
    }
}

#[test]
fn what_is_not_finished_in_time_is_cut_and_told() {
    for demo in Demo::on_each_engine(&[("DRAIN_TIMEOUT", "0.2")]) {
        let _client = in_flight(&demo);
        let (code, log) = demo.terminate();
        assert_eq!(code, Some(1), "{log}");
        assert!(log.contains("the application did not end well: 1 problem\n"), "{log}");
        assert!(log.contains("connections cut at the drain deadline of 200ms: 1\n"), "{log}");
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    for demo in Demo::on_each_engine(&[("DRAIN_TIMEOUT", "1000")]) {
        let _client = in_flight(&demo);
        begin_to_drain(&demo);
        let (code, log) = demo.terminate();
        assert!(code.is_some(), "{log}");
    }
}

#[test]
fn a_signal_right_after_the_address_is_told_is_obeyed() {
    for _ in 0..5 {
        let (code, log) = Demo::start().terminate();
        assert_eq!(code, Some(0), "{log}");
    }
}

/// Asks again and again on one connection until the server says that it will close it. How many
/// answers came; an error for a request without one.
fn ask_until_told_to_go(mut client: TcpStream) -> std::io::Result<u32> {
    let mut answers = 0;
    loop {
        client.write_all(b"GET /api/books/1 HTTP/1.1\r\nHost: a\r\n\r\n")?;
        let mut answer = Vec::new();
        // The body is JSON without a closing brace inside.
        while !answer.ends_with(b"}") {
            let mut piece = [0; 2048];
            let read = client.read(&mut piece)?;
            if read == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            answer.extend_from_slice(&piece[..read]);
        }
        answers += 1;
        if String::from_utf8_lossy(&answer).to_lowercase().contains("connection: close") {
            return Ok(answers);
        }
    }
}

#[test]
fn no_request_is_lost_when_it_ends_under_load() {
    for demo in Demo::on_each_engine(&[("LAME_DUCK", "0.5")]) {
        let clients: Vec<_> = (0..64)
            .map(|_| demo.connect())
            .map(|client| std::thread::spawn(move || ask_until_told_to_go(client)))
            .collect();
        // All of them are being answered.
        while demo.get("/api/books/1").status != 200 {}
        let (code, log) = demo.terminate();
        assert_eq!(code, Some(0), "{log}");
        for client in clients {
            let answers = client.join().unwrap().expect("every request has its answer");
            assert!(answers > 0);
        }
    }
}

/// Starts what cannot start: the lines that it says on standard error, within the second.
fn problems(variables: &[(&str, &str)]) -> Vec<String> {
    let started = Instant::now();
    let output = run(&mut program(variables), b"");
    assert!(started.elapsed() < Duration::from_secs(1), "took {:?}", started.elapsed());
    assert!(output.code.is_some_and(|code| code != 0), "{:?}: {}", output.code, output.stderr);
    assert!(output.stdout.is_empty(), "{}", output.text());
    output.stderr.lines().map(str::to_owned).collect()
}

#[test]
fn a_port_in_use_is_told_within_a_second() {
    let demo = Demo::start();
    let address = demo.address.to_string();
    let lines = problems(&[("ADDRESS", &address)]);
    let line = lines.iter().find(|line| line.contains(&address)).expect("the address");
    assert!(line.contains("in use"), "{line}");
    assert_eq!(demo.get("/").status, 200);
}

#[test]
fn every_wrong_variable_is_told_at_once_a_line_each() {
    let lines = problems(&[("ADDRESS", "nonsense"), ("BODY_LIMIT", "big"), ("LOG_LEVEL", "loud")]);
    for (name, value) in
        [("nonsense", "nonsense"), ("BODY_LIMIT", "`big`"), ("LOG_LEVEL", "`loud`")]
    {
        let found = lines.iter().filter(|line| line.contains(name) && line.contains(value));
        assert_eq!(found.count(), 1, "{name} in {lines:#?}");
    }
    assert!(lines.iter().any(|line| line.contains("3 problems")), "{lines:#?}");
}
