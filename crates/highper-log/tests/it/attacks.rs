//! Text from outside that wants to be more than text.

use highper_log::{Context, Format, Log, Logger, Output};
use tracing::{info, info_span};

use crate::support::{Logged, Memory};

const HOSTILE: [&str; 7] = [
    "a\r\n[2026-01-01T00:00:00.000000Z] app.INFO: forged",
    "\n{\"level\":\"info\",\"message\":\"forged\"}",
    "\x1b]0;owned\x07\x1b[2J\x1b[31m",
    "\u{9b}2J\u{85}\u{90}",
    "\u{2028}forged\u{2029}",
    "\"},\"level\":\"emergency\",\"x\":{\"y\":\"",
    "\\\",\\u0022 \u{202e}\u{0}\u{7f}",
];

#[test]
fn hostile_text_in_any_place_is_one_line_of_valid_json() {
    let logged = Logged::new(Log::builder());
    let logger = logged.log.logger("app").unwrap();
    for hostile in HOSTILE {
        let span = info_span!("request", path = hostile);
        span.in_scope(|| info!(user = hostile, header = ?hostile, shown = %hostile, "{hostile}"));
        logger.info(&hostile, &Context::new().with(hostile, hostile));
    }
    let lines = logged.lines();
    assert_eq!(lines.len(), 2 * HOSTILE.len());
    for (pair, hostile) in lines.chunks(2).zip(HOSTILE) {
        assert_eq!(pair[0]["message"], hostile);
        assert_eq!(pair[0]["context"]["user"], hostile);
        assert_eq!(pair[0]["context"]["shown"], hostile);
        assert_eq!(pair[0]["extra"]["spans"][0]["path"], hostile);
        assert_eq!(pair[1]["message"], hostile);
        assert_eq!(pair[1]["context"][hostile], hostile);
    }
}

#[test]
fn hostile_text_in_the_text_form_forges_no_line_and_steers_no_terminal() {
    let memory = Memory::default();
    let output = Output::writer(memory.clone()).format(Format::Text);
    let logged = Logged::with(memory, Log::builder().output(output));
    for hostile in HOSTILE {
        info!(user = hostile, debug = ?hostile, "{hostile}");
    }
    let text = logged.text();
    assert_eq!(text.lines().count(), HOSTILE.len());
    let steers = |c: char| (c.is_control() && c != '\n') || "\u{2028}\u{2029}\u{202e}".contains(c);
    assert!(!text.contains(steers), "{text:?}");
    assert!(text.lines().all(|line| line.contains("Z] app.INFO: ")), "{text}");
}
