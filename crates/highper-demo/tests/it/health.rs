//! What load balancers and supervisors are told.

use std::io::{Read, Write};
use std::process::Command;
use std::time::Instant;

use crate::command::{TIME_LIMIT, run};
use crate::demo::Demo;
use crate::service::until;

/// Status and body.
fn get(demo: &Demo, path: &str) -> (u16, serde_json::Value) {
    let mut stream = demo.connect();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").expect(&answer);
    assert!(head.contains("content-type: application/health+json"), "{head}");
    assert!(head.contains("cache-control: no-store"), "{head}");
    (head[9..12].parse().unwrap(), serde_json::from_str(body).expect(body))
}

#[test]
fn a_service_without_which_nothing_works_makes_the_shop_unready_and_not_dead() {
    let demo = Demo::start();
    assert_eq!(get(&demo, "/health/live"), (200, serde_json::json!({ "status": "pass" })));
    let ready =
        serde_json::json!({ "status": "pass", "checks": { "stock": [{ "status": "pass" }] } });
    assert_eq!(get(&demo, "/health/ready"), (200, ready.clone()));
    assert_eq!(get(&demo, "/health"), (200, ready));
    for book in 1..=4 {
        let url = demo.url(&format!("/api/books/{book}"));
        assert_eq!(run(Command::new("curl").args(["-sfX", "DELETE", &url]), b"").code, Some(0));
    }
    until("it is noticed", || get(&demo, "/health/ready").0 == 503);
    let (status, body) = get(&demo, "/health");
    assert_eq!((status, &body["checks"]["stock"][0]["status"]), (503, &"fail".into()));
    assert!(!body.to_string().contains("shelves"), "why is for the log alone: {body}");
    assert_eq!(get(&demo, "/health/live").0, 200);
    let (code, said) = demo.terminate();
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(said.matches("the shelves are empty").count(), 1, "{said}");
}

#[test]
fn a_shop_that_is_about_to_end_is_not_ready_and_lives() {
    let demo = Demo::with(&[("LAME_DUCK", "30"), ("LOG_LEVEL", "warning")]);
    assert_eq!(get(&demo, "/health/ready").0, 200);
    demo.signal();
    let started = Instant::now();
    let mut last = get(&demo, "/health/ready");
    while last.0 == 200 {
        assert!(started.elapsed() < TIME_LIMIT);
        last = get(&demo, "/health/ready");
    }
    assert_eq!((last.0, &last.1["output"]), (503, &"draining".into()));
    assert_eq!(get(&demo, "/health").0, 200, "all that it needs works");
    assert_eq!(get(&demo, "/health/live").0, 200);
}

#[test]
fn other_methods_and_paths_are_no_probes() {
    let demo = Demo::start();
    let status = |arguments: &[&str]| {
        let output =
            run(Command::new("curl").args(["-so/dev/null", "-w%{http_code}"]).args(arguments), b"");
        output.text()
    };
    assert_eq!(status(&["-XPOST", &demo.url("/health")]), "405");
    assert_eq!(status(&["-I", &demo.url("/health")]), "200");
    assert_eq!(status(&[&demo.url("/health/")]), "404");
    assert_eq!(status(&[&demo.url("/healthy")]), "404");
    let off = Demo::with(&[("HEALTH_PATH", "off")]);
    assert_eq!(status(&[&off.url("/health")]), "404");
    let moved = Demo::with(&[("HEALTH_PATH", "/-/up")]);
    assert_eq!(status(&[&moved.url("/-/up/ready")]), "200");
}
