//! A collector that is slow, or is not there, is no matter of requests.

use std::net::TcpListener;
use std::time::Duration;

use highper_core::MiddlewareStack;
use highper_telemetry::{MetricsPage, Otlp, Telemetry};

use crate::collector::Collector;
use crate::shop::{Shop, get, read};

/// More than the queue and what is being sent hold.
const REQUESTS: usize = 10_000;

async fn requests_are_answered_and_losses_counted(endpoint: String) {
    let page = MetricsPage::default();
    let otlp = Otlp::to(endpoint).timeout(Duration::from_secs(3600));
    let builder = Telemetry::builder().metrics_page(&page);
    let telemetry = builder.and_then(|builder| builder.otlp(&otlp)).unwrap().build();
    let shop = telemetry.requests().wrap(Shop::open());
    for _ in 0..REQUESTS {
        assert_eq!(get(&shop, "/books/1").await.1, "a book");
    }
    let (_, text) = read(page.answer()).await;
    let is_lost = |line: &&str| {
        line.starts_with("otel_sdk_processor_span_processed")
            && line.contains("error_type=\"queue_full\"")
    };
    let line = text.lines().find(is_lost).unwrap_or_else(|| panic!("{text}"));
    let (_, lost) = line.rsplit_once(' ').unwrap();
    assert!(lost.parse::<u64>().unwrap() > 0, "{line}");
    assert!(!telemetry.end(Duration::from_millis(50)), "what is left is lost");
}

#[tokio::test]
async fn a_collector_that_hangs_delays_no_request_and_no_end() {
    let address = Collector::hanging();
    requests_are_answered_and_losses_counted(format!("http://{address}")).await;
}

#[tokio::test]
async fn without_a_collector_requests_are_answered() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let otlp = Otlp::to(format!("http://{address}"));
    let telemetry = Telemetry::builder().otlp(&otlp).unwrap().build();
    let shop = telemetry.requests().wrap(Shop::open());
    for _ in 0..REQUESTS {
        assert_eq!(get(&shop, "/books/1").await.1, "a book");
    }
    // Each message is refused at once.
    let _ = telemetry.end(Duration::from_millis(50));
}
