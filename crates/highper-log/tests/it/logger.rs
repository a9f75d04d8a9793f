//! The handle with eight levels.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use highper_core::Error as RequestError;
use highper_log::conformance::{Heard, Subject, check};
use highper_log::{Channel, ChannelLogger, Context, Level, Log, Logger, NullLogger, Value};
use serde_json::json;

use crate::support::Logged;

struct OfChannel {
    logged: Logged,
    logger: ChannelLogger,
    taken: AtomicUsize,
}

impl Subject for OfChannel {
    fn logger(&self) -> &dyn Logger {
        &self.logger
    }

    fn take_heard(&self) -> Vec<Heard> {
        let lines = self.logged.lines();
        let before = self.taken.swap(lines.len(), Ordering::Relaxed);
        let heard = lines[before..].iter().map(|line| Heard {
            level: line["level"].as_str().unwrap().parse().unwrap(),
            message: line["message"].as_str().unwrap().to_owned(),
            context: line["context"].to_string(),
        });
        heard.collect()
    }
}

#[test]
fn a_logger_of_a_channel_does_what_every_logger_has_to() {
    let logged = Logged::new(Log::builder().level(Level::Debug));
    let logger = logged.log.logger("app").unwrap();
    check(&OfChannel { logged, logger, taken: AtomicUsize::new(0) });
}

#[test]
fn a_logger_writes_to_its_channel_as_grave_as_that_wishes() {
    let logged = Logged::new(Log::builder().channel(Channel::new("audit").level(Level::Alert)));
    let logger: Arc<dyn Logger> = Arc::new(logged.log.logger("audit").unwrap());
    logger.critical(&"not taken", &Context::new());
    logger.alert(&"who was it", &Context::new().with("api_key", "k").with("user", 7));
    let lines = logged.lines();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["channel"], "audit");
    assert_eq!(lines[0]["level"], "alert");
    assert_eq!(lines[0]["context"], json!({"api_key": "[redacted]", "user": 7}));
    assert!(logged.log.logger("nowhere").is_err());
}

#[test]
fn the_error_of_a_request_is_told_with_its_place_and_cause() {
    let logged = Logged::new(Log::builder());
    let logger = logged.log.logger("app").unwrap();
    let error = RequestError::from("x".parse::<u8>().unwrap_err());
    logger.error(&"failed", &Context::new().with("exception", &error));
    let exception = &logged.lines()[0]["context"]["exception"];
    assert_eq!(exception["class"], "highper_core::error::Error");
    assert!(exception["file"].as_str().unwrap().contains("logger.rs:"), "{exception}");
    assert_eq!(exception["previous"], json!(["invalid digit found in string"]));
}

#[test]
fn a_logger_that_does_nothing_takes_everything() {
    let logger: Arc<dyn Logger> = Arc::new(NullLogger);
    Level::ALL.into_iter().for_each(|level| {
        logger.log(level, &"{a}", &Context::new().with("a", Value::debug(&1)));
    });
}

#[test]
fn an_exception_has_a_trace_where_one_is_asked_for() {
    if std::env::var_os("RUST_BACKTRACE").is_some_and(|wish| wish == "1") {
        let logged = Logged::new(Log::builder());
        let logger = logged.log.logger("app").unwrap();
        let error = std::io::Error::other("no stock");
        logger.error(&"failed", &Context::new().with("exception", Value::error(&error)));
        let exception = &logged.lines()[0]["context"]["exception"];
        let trace = exception["trace"].as_str().unwrap();
        assert!(trace.contains("logger::an_exception_has_a_trace"), "{trace}");
        return;
    }
    // A process of its own, because this one's environment is not changed.
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "logger::an_exception_has_a_trace_where_one_is_asked_for"])
        .env("RUST_BACKTRACE", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
