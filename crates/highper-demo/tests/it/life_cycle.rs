//! How the bookshop starts, and how it ends.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use crate::command::run;
use crate::demo::{Demo, program};

#[test]
fn a_signal_ends_it_though_clients_keep_their_connections() {
    let demo = Demo::with(&[("DRAIN_TIMEOUT", "20")]);
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

#[test]
fn a_signal_right_after_the_address_is_told_is_obeyed() {
    for _ in 0..5 {
        let (code, log) = Demo::start().terminate();
        assert_eq!(code, Some(0), "{log}");
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
