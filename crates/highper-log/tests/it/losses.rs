//! Sinks that fail: lines are lost, nothing else is.

use std::fs::File;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Duration;

use highper_log::{Log, Output, Rotation};
use tracing::info;

use crate::support::{LONG, Logged, Memory};

#[test]
fn a_full_disk_costs_lines_and_they_are_counted() {
    let full = Output::file("/dev/full", Rotation::never());
    let memory = Memory::default();
    let builder = Log::builder().output(full).output(Output::writer(memory.clone()));
    let logged = Logged::with(memory, builder);
    for number in 0..1_000 {
        info!(number, "line");
    }
    assert_eq!(logged.lines().len(), 1_000, "another output has them all");
    assert_eq!(logged.log.counts().failed, 1_000);
}

#[test]
fn a_closed_pipe_ends_nothing() {
    let mut child =
        Command::new("true").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let pipe = child.stdin.take().unwrap();
    child.wait().unwrap();
    let logged = Logged::with(Memory::default(), Log::builder().output(Output::writer(pipe)));
    info!("into the void");
    assert!(logged.log.flush(LONG));
    info!("and again");
    assert!(logged.log.flush(LONG));
    assert_eq!(logged.log.counts().failed, 2);
}

#[test]
fn a_reader_that_does_not_read_holds_up_nobody() {
    let (mut reader, writer) = std::io::pipe().unwrap();
    let output = Output::writer(writer).queue_bytes(64 * 1024);
    let (log, guard) = Log::builder().output(output).build().unwrap();
    let subscriber = tracing_subscriber::layer::SubscriberExt::with(
        tracing_subscriber::Registry::default(),
        log.layer(),
    );
    tracing::subscriber::with_default(subscriber, || {
        (0..10_000).for_each(|number| info!(number, "line"));
    });
    assert!(log.counts().dropped > 0);
    assert!(!log.flush(Duration::from_millis(1)), "the pipe is full");
    let reading = std::thread::spawn(move || {
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        text
    });
    assert!(guard.end(LONG));
    let dropped = log.counts().dropped;
    drop(log);
    let text = reading.join().unwrap();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: u64 = lines.iter().filter_map(|line| line["context"]["dropped"].as_u64()).sum();
    let written = lines.iter().filter(|line| line["channel"] == "app").count() as u64;
    assert_eq!((told, written + told), (dropped, 10_000));
}

#[test]
fn a_log_that_cannot_be_opened_is_an_error_and_not_a_silent_loss() {
    assert!(File::open("/dev/full").is_ok(), "the other test is about this device");
    let output = Output::file("/", Rotation::never());
    assert!(Log::builder().output(output).build().is_err());
}
