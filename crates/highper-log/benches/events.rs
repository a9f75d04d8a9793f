//! What an event with five fields costs the thread that logs it: this crate beside
//! tracing-subscriber's JSON with tracing-appender's writer.
//!
//! `cargo bench -p highper-log --bench events`. Each round logs so few events that neither queue is
//! ever full, then gives the writing threads time, which is not counted.

#![allow(clippy::expect_used, reason = "a benchmark that cannot begin ends")]

use std::io;
use std::time::Duration;

use divan::Bencher;
use divan::counter::ItemsCount;
use highper_log::{Log, Output};
use tracing::{Subscriber, info, info_span};
use tracing_subscriber::layer::SubscriberExt;

fn main() {
    divan::main();
}

const EVENTS: usize = 500;

fn log_events() {
    for number in 0..EVENTS {
        info!(
            user = "ada",
            book = "Dune: Messiah",
            copies = divan::black_box(number),
            price = 9.5,
            paid = true,
            "an order was paid"
        );
    }
}

/// Logs on this thread into `subscriber`, round for round.
fn rounds(bencher: Bencher<'_, '_>, subscriber: impl Subscriber + Send + Sync, in_span: bool) {
    tracing::subscriber::with_default(subscriber, || {
        let span = info_span!("request", request_id = "00f067aa0ba902b7", method = "GET");
        let _entered = in_span.then(|| span.enter());
        bencher
            .counter(ItemsCount::new(EVENTS))
            .with_inputs(|| std::thread::park_timeout(Duration::from_millis(4)))
            .bench_local_values(|()| log_events());
    });
}

#[divan::bench(args = [false, true], sample_count = 300)]
fn highper(bencher: Bencher<'_, '_>, in_span: bool) {
    let builder = Log::builder().output(Output::writer(io::sink()));
    let (log, guard) = builder.build().expect("a log");
    let subscriber = tracing_subscriber::Registry::default().with(log.layer());
    rounds(bencher, subscriber, in_span);
    assert!(guard.end(Duration::from_secs(5)));
    assert_eq!(log.counts().dropped, 0);
}

#[divan::bench(args = [false, true], sample_count = 300)]
fn tracing_subscriber_json(bencher: Bencher<'_, '_>, in_span: bool) {
    let (writer, guard) = tracing_appender::non_blocking(io::sink());
    let dropped = writer.error_counter();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_current_span(false)
        .with_max_level(tracing::Level::INFO)
        .with_writer(writer)
        .finish();
    rounds(bencher, subscriber, in_span);
    drop(guard);
    assert_eq!(dropped.dropped_lines(), 0);
}
