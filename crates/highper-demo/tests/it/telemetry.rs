//! What the bookshop measures and traces, as Prometheus and a collector see it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rustix::process::Signal;

use crate::demo::program;
use crate::logging::{exchange, get, requests};
use crate::service::{Service, until};

#[test]
fn the_page_of_metrics_shows_routes_and_the_server_and_no_path_that_is_no_route() {
    let shop = Service::start(&[("TELEMETRY_METRICS_PATH", "/metrics")]);
    get(&shop, "/books/1");
    get(&shop, "/books/2");
    get(&shop, "/canary");
    let page = get(&shop, "/metrics");
    let value = |series: &str| {
        let line = page.lines().find_map(|line| line.strip_prefix(series))?;
        line.trim().parse::<f64>().ok()
    };
    let count = "http_server_request_duration_seconds_count{http_request_method=\"GET\",\
                 http_response_status_code=\"200\",http_route=\"/books/{id}\"}";
    assert_eq!(value(count), Some(2.0), "{page}");
    assert_eq!(
        value("http_server_active_requests{http_request_method=\"GET\"}"),
        Some(1.0),
        "{page}"
    );
    assert_eq!(value("highper_server_accepted_total"), Some(4.0), "{page}");
    assert!(
        value("highper_server_connections{state=\"active\"}").is_some_and(|it| it >= 1.0),
        "{page}"
    );
    assert_eq!(value("highper_log_dropped_total"), Some(0.0), "{page}");
    assert!(value("highper_server_lag_seconds").is_some(), "{page}");
    assert!(!page.contains("canary"), "{page}");
}

#[test]
fn there_is_no_page_of_metrics_where_none_is_asked_for() {
    let shop = Service::start(&[]);
    assert!(get(&shop, "/metrics").starts_with("HTTP/1.1 404 "));
}

#[test]
fn several_processes_have_no_page_of_metrics() {
    let variables =
        [("ADDRESS", "127.0.0.1:0"), ("WORKERS", "2"), ("TELEMETRY_METRICS_PATH", "/metrics")];
    let output = program(&variables).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && told.contains("TELEMETRY_METRICS_PATH: each of several"),
        "{told}"
    );
}

#[test]
fn a_collector_has_the_trace_that_the_log_tells_of_when_the_program_has_ended() {
    let got = Arc::<Mutex<Vec<u8>>>::default();
    let takes = Arc::clone(&got);
    let collector = listen(move |stream| take_traces(&stream, &takes));
    let endpoint = format!("http://{collector}");
    let mut shop = Service::start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
        ("OTEL_SERVICE_NAME", "bookshop"),
    ]);
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("traceparent: 00-{trace}-00f067aa0ba902b7-01");
    let answer = exchange(
        &shop,
        &format!("GET /books/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{parent}\r\n\r\n"),
    );
    shop.signal(Signal::TERM);
    assert_eq!(shop.ended(), Some(0));
    let lines = requests(&shop.log());
    assert_eq!(lines[0]["trace_id"], trace);
    let id = lines[0]["request_id"].as_str().unwrap();
    assert!(answer.contains(&format!("x-request-id: {id}\r\n")), "{answer}");
    let got = got.lock().unwrap();
    let has = |bytes: &[u8]| got.windows(bytes.len()).any(|window| window == bytes);
    assert!(has(&u128::from_str_radix(trace, 16).unwrap().to_be_bytes()));
    assert!(has(&0x00f0_67aa_0ba9_02b7_u64.to_be_bytes()));
    assert!(has(&u64::from_str_radix(id, 16).unwrap().to_be_bytes()), "the id is that of the span");
    assert!(has(b"GET /books/{id}") && has(b"bookshop"));
}

#[test]
fn each_of_several_processes_sends_its_traces_and_none_tells_of_losses() {
    let got = Arc::<Mutex<Vec<u8>>>::default();
    let takes = Arc::clone(&got);
    let endpoint = format!("http://{}", listen(move |stream| take_traces(&stream, &takes)));
    let mut shop = Service::start(&[("WORKERS", "2"), ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]);
    get(&shop, "/books/1");
    shop.signal(Signal::TERM);
    assert_eq!(shop.ended(), Some(0));
    let got = got.lock().unwrap();
    assert!(got.windows(15).any(|window| window == b"GET /books/{id}"));
    assert!(!shop.log().contains("they are lost"), "{}", shop.log());
}

#[test]
fn a_collector_that_hangs_keeps_the_program_neither_from_answering_nor_from_its_end() {
    let collector = listen(|mut stream| {
        // Until the peer gives up.
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    let mut shop =
        Service::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{collector}"))]);
    for _ in 0..100 {
        assert!(get(&shop, "/books/1").starts_with("HTTP/1.1 200 "));
    }
    shop.signal(Signal::TERM);
    assert_eq!(shop.ended(), Some(0));
    until("the loss is told", || shop.log().contains("they are lost"));
}

fn listen(serve: impl Fn(TcpStream) + Clone + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = serve.clone();
            thread::spawn(move || serve(stream));
        }
    });
    address
}

/// Keeps the bodies that are for `/v1/traces`, and answers all.
fn take_traces(mut stream: &TcpStream, got: &Mutex<Vec<u8>>) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let lower = head.to_lowercase();
        let (_, rest) = lower.split_once("content-length:").unwrap();
        let length = rest.lines().next().unwrap().trim().parse().unwrap();
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        if head.starts_with("POST /v1/traces ") {
            got.lock().unwrap().extend(body);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
    }
}
