//! Channels, their levels and outputs; secrets; limits of repeated lines.

use highper_log::{Channel, Level, Log, Output, RateLimit, Redaction, Rotation};
use serde_json::json;
use tracing::{debug, error, info, warn};

use crate::support::{LONG, Logged, Memory};

#[test]
fn an_event_goes_to_the_channel_that_fits_its_target_best_or_that_it_names() {
    let logged = Logged::new(
        Log::builder()
            .name("main")
            .channel(Channel::new("shop").target("shop"))
            .channel(Channel::new("audit").target("shop::audit")),
    );
    info!(target: "shop", "1");
    info!(target: "shop::cart", "2");
    info!(target: "shop::audit::x", "3");
    info!(target: "shopping", "4");
    info!(target: "shopping", channel = "audit", "5");
    info!(target: "shopping", channel = "nowhere", "6");
    let lines = logged.lines();
    let channels: Vec<_> = lines.iter().map(|line| line["channel"].as_str().unwrap()).collect();
    assert_eq!(channels, ["shop", "shop", "audit", "main", "audit", "main"]);
    assert_eq!(lines[4]["context"], json!({}));
    assert_eq!(lines[5]["context"], json!({"channel": "nowhere"}));
}

#[test]
fn each_channel_has_a_level_that_changes_while_it_runs() {
    let logged = Logged::new(
        Log::builder().channel(Channel::new("shop").target("shop").level(Level::Error)),
    );
    let log_all = || {
        debug!(target: "shop", "debug");
        info!(target: "shop", severity = "notice", "notice");
        warn!(target: "shop", "warning");
        error!(target: "shop", "error");
    };
    log_all();
    logged.log.set_level("shop", Level::Debug).unwrap();
    log_all();
    logged.log.set_level("shop", Level::Notice).unwrap();
    log_all();
    let lines = logged.lines();
    let levels: Vec<_> = lines.iter().map(|line| line["level"].as_str().unwrap()).collect();
    let expected = ["error", "debug", "notice", "warning", "error", "notice", "warning", "error"];
    assert_eq!(levels, expected);
    let unknown = logged.log.set_level("shoop", Level::Debug).unwrap_err().to_string();
    assert!(unknown.contains("\"shoop\"") && unknown.contains("app, shop"), "{unknown}");
}

#[test]
fn outputs_are_asked_in_order_until_one_keeps_a_record() {
    let (grave, all) = (Memory::default(), Memory::default());
    let own = Output::writer(grave.clone()).level(Level::Error).bubble(false);
    let logged = Logged::with(
        all.clone(),
        Log::builder()
            .output(Output::writer(all))
            .channel(Channel::new("shop").target("shop").output(own)),
    );
    info!(target: "shop", "1");
    error!(target: "shop", "2");
    error!("3");
    let messages = |lines: Vec<serde_json::Value>| -> Vec<String> {
        lines.iter().map(|line| line["message"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(messages(logged.lines()), ["1", "3"]);
    assert_eq!(messages(grave.json()), ["2"]);
}

#[test]
fn a_channel_may_lead_nowhere() {
    let nowhere = Output::null().bubble(false);
    let logged =
        Logged::new(Log::builder().channel(Channel::new("noise").target("noise").output(nowhere)));
    error!(target: "noise", "1");
    error!("2");
    let lines = logged.lines();
    assert_eq!((lines.len(), &lines[0]["message"]), (1, &json!("2")));
    assert_eq!((logged.log.counts().dropped, logged.log.counts().failed), (0, 0));
}

#[test]
fn secrets_never_reach_a_sink() {
    let logged = Logged::new(Log::builder().redaction(Redaction::default().key("iban")));
    info!(
        authorization = "Basic aaa",
        user_password = 1234,
        api_key = ?Some("sss"),
        iban = %"DE00",
        secret = true,
        header = "Bearer abc.def",
        monkey = "seen",
        "connecting to postgres://shop:hunter2@db/books"
    );
    let text = logged.text();
    for secret in ["Basic aaa", "1234", "sss", "DE00", "true", "abc", "hunter2", "shop:"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
    let line = &logged.lines()[0];
    assert_eq!(line["message"], "connecting to postgres://[redacted]@db/books");
    assert_eq!(line["context"]["header"], "Bearer [redacted]");
    assert_eq!(line["context"]["monkey"], "seen");
}

#[test]
fn a_place_that_repeats_itself_is_held_back_and_counted() {
    let limit = RateLimit::per_second(3).then_one_of(100);
    let logged = Logged::new(Log::builder().rate_limit(limit));
    for number in 0..1_000 {
        info!(number, "again");
    }
    info!("another place");
    let lines = logged.lines();
    let held: u64 = lines.iter().filter_map(|line| line["context"]["held_back"].as_u64()).sum();
    let written = lines.iter().filter(|line| line["message"] == "again").count() as u64;
    assert_eq!(written + held, 1_000);
    // How many seconds this took is not known; each has its own first three.
    assert!((12..500).contains(&written), "{written}");
    assert_eq!(lines.iter().filter(|line| line["message"] == "another place").count(), 1);
    let told = lines.iter().find(|line| line["context"]["held_back"].is_u64()).unwrap();
    assert_eq!(told["context"]["target"], "it::channels");
    assert!(told["context"]["file"].as_str().unwrap().ends_with("channels.rs"));
}

#[test]
fn what_is_wrong_with_a_log_is_told_at_once() {
    let error = Log::builder()
        .channel(Channel::new("app"))
        .output(Output::file("/nowhere/at/all.log", Rotation::never()))
        .build()
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("two channels \"app\"") && error.contains("/nowhere/at/all.log"),
        "{error}"
    );
}

#[test]
fn a_file_has_all_lines_once_the_guard_has_ended() {
    let path = std::env::temp_dir().join(format!("highper-log-it-{}.log", std::process::id()));
    let builder = Log::builder().output(Output::file(&path, Rotation::never().daily()));
    let (log, guard) = builder.build().unwrap();
    let subscriber = tracing_subscriber::layer::SubscriberExt::with(
        tracing_subscriber::Registry::default(),
        log.layer(),
    );
    tracing::subscriber::with_default(subscriber, || (0..10_000).for_each(|n| info!(n, "line")));
    assert!(guard.end(LONG));
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(text.lines().count(), 10_000);
    assert_eq!((log.counts().dropped, log.counts().failed), (0, 0));
}
