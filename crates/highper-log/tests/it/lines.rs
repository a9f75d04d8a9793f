//! What stands in a line.

use highper_log::{Format, Level, Log, Output};
use serde_json::json;
use tracing::{debug, error, info, info_span, trace, warn};

use crate::support::{Logged, Memory};

#[test]
fn an_event_is_one_json_object_with_its_parts_apart() {
    let logged = Logged::new(Log::builder().extra("service", "shop"));
    info!(book = "Dune", copies = 2, price = 9.5, paid = true, "sold {}", "well");
    let lines = logged.lines();
    assert_eq!(lines.len(), 1);
    let line = &lines[0];
    assert_eq!(line["level"], "info");
    assert_eq!(line["severity"], 9);
    assert_eq!(line["channel"], "app");
    assert_eq!(line["message"], "sold well");
    assert_eq!(line["context"], json!({"book": "Dune", "copies": 2, "price": 9.5, "paid": true}));
    assert_eq!(line["extra"], json!({"service": "shop", "target": "it::lines"}));
    let datetime = line["datetime"].as_str().unwrap();
    assert!(datetime.len() == 27 && datetime.ends_with('Z'), "{datetime}");
}

#[test]
fn tracing_has_five_levels_and_the_field_severity_keeps_all_eight() {
    let logged = Logged::new(Log::builder().level(Level::Debug));
    trace!("not taken");
    debug!("debug");
    info!("info");
    warn!("warning");
    error!("error");
    for level in Level::ALL {
        error!(severity = level.as_str(), "{level}");
    }
    info!(severity = "loud", "info");
    let lines = logged.lines();
    assert_eq!(lines.len(), 13);
    for line in &lines {
        let level: Level = line["level"].as_str().unwrap().parse().unwrap();
        assert_eq!(line["message"], level.as_str());
        assert_eq!(line["severity"], level.severity_number());
    }
    assert_eq!(lines[12]["context"], json!({"severity": "loud"}), "what is no level is a value");
}

#[test]
fn the_fields_of_spans_stand_in_extra_from_the_outermost_on() {
    let logged = Logged::new(Log::builder());
    let outer = info_span!("request", id = "r-1", status = tracing::field::Empty);
    let _outer = outer.enter();
    let inner = info_span!("query", table = "books", db_password = "hunter2");
    inner.in_scope(|| info!("asked"));
    outer.record("status", 200);
    info!("answered");
    let lines = logged.lines();
    assert_eq!(
        lines[0]["extra"]["spans"],
        json!([
            {"span": "request", "id": "r-1"},
            {"span": "query", "table": "books", "db_password": "[redacted]"},
        ])
    );
    assert_eq!(
        lines[1]["extra"]["spans"],
        json!([{"span": "request", "id": "r-1", "status": 200}])
    );
}

#[test]
fn a_processor_adds_to_extra_what_is_known_only_then() {
    let logged = Logged::new(Log::builder().processor(|fields| {
        fields.add("thread", std::thread::current().name().unwrap_or("?"));
        fields.add("token", "t");
    }));
    info!("worked");
    let lines = logged.lines();
    assert_eq!(lines[0]["extra"]["token"], "[redacted]");
    assert!(lines[0]["extra"]["thread"].is_string());
}

#[test]
fn text_is_for_people_and_only_channel_and_level_are_coloured() {
    let memory = Memory::default();
    let plain = Output::writer(memory.clone()).format(Format::Text);
    let colored = Output::writer(memory.clone()).format(Format::ColoredText);
    let logged = Logged::with(memory, Log::builder().output(plain).output(colored));
    warn!(book = "Dune", "few \"left\"");
    let text = logged.text();
    let mut lines: Vec<&str> = text.lines().map(|line| line.split_once("] ").unwrap().1).collect();
    lines.sort_unstable();
    let rest = "few \"left\" {\"book\":\"Dune\"} {\"target\":\"it::lines\"}";
    assert_eq!(lines[0], format!("\x1b[35mapp\x1b[0m.\x1b[33mWARNING\x1b[0m: {rest}"));
    assert_eq!(lines[1], format!("app.WARNING: {rest}"));
}

#[test]
fn an_error_in_a_field_is_told_with_its_causes() {
    let logged = Logged::new(Log::builder());
    let cause = std::io::Error::other("x".parse::<u8>().unwrap_err());
    error!(error = &cause as &(dyn std::error::Error + 'static), "failed");
    let lines = logged.lines();
    let error = &lines[0]["context"]["error"];
    assert_eq!(error["message"], "invalid digit found in string");
}

#[test]
fn a_value_whose_text_logs_or_panics_harms_no_line() {
    struct Chatty;
    impl std::fmt::Display for Chatty {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            info!("from within");
            f.write_str("chatty")
        }
    }
    struct Bad;
    impl std::fmt::Debug for Bad {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("on purpose")
        }
    }
    let logged = Logged::new(Log::builder());
    info!(bad = ?Bad, after = 1, "{Chatty}");
    let lines = logged.lines();
    // tracing itself gives an event that is made within another to no subscriber.
    let line = lines.last().unwrap();
    assert_eq!(line["message"], "chatty");
    assert_eq!(line["context"], json!({"bad": "[could not be shown]", "after": 1}));
}
