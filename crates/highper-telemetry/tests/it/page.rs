//! The page for Prometheus.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use highper_core::{Handler, MiddlewareStack, Request};
use highper_telemetry::opentelemetry::KeyValue;
use highper_telemetry::{MetricsPage, Telemetry};

use crate::shop::{Shop, get, read};

#[tokio::test]
async fn the_page_has_the_figures_of_each_route_and_no_label_of_paths_that_match_none() {
    let page = MetricsPage::default();
    let telemetry = Telemetry::builder().metrics_page(&page).unwrap().build();
    let shop = telemetry.requests().wrap(Shop::open());
    for path in ["/books/1", "/books/2", "/books/failing", "/canary", "/canary/2", "/books/words"] {
        get(&shop, path).await;
    }
    shop.call(Request::new("BREW".parse().unwrap(), "/canary".parse().unwrap())).await;
    let text = shown(&page).await;
    let count = |labels: &str| {
        value(&text, &format!("http_server_request_duration_seconds_count{{{labels}}}"))
    };
    let books = "http_route=\"/books/{id}\"";
    let ok = format!("http_request_method=\"GET\",http_response_status_code=\"200\",{books}");
    assert_eq!(count(&ok), Some(3.0), "{text}");
    assert_eq!(count(&ok.replace("200", "500")), Some(1.0), "{text}");
    let unknown = "http_request_method=\"GET\",http_response_status_code=\"404\"";
    assert_eq!(count(unknown), Some(2.0), "{text}");
    assert_eq!(count(&unknown.replace("GET", "_OTHER")), Some(1.0), "{text}");
    let within = format!("http_server_request_duration_seconds_bucket{{{ok},le=\"+Inf\"}}");
    assert_eq!(value(&text, &within), Some(3.0), "{text}");
    assert!(text.contains("# TYPE http_server_request_duration_seconds histogram\n"), "{text}");
    assert!(!text.contains("canary") && !text.contains("BREW"), "{text}");
}

#[tokio::test]
async fn a_request_is_in_progress_until_its_answer_has_ended_or_nobody_waits_for_it() {
    let page = MetricsPage::default();
    let telemetry = Telemetry::builder().metrics_page(&page).unwrap().build();
    let shop = telemetry.requests().wrap(Shop::open());
    let active = "http_server_active_requests{http_request_method=\"GET\"}";
    let response = shop.call(Request::get("/books/words")).await;
    assert_eq!(value(&shown(&page).await, active), Some(1.0));
    read(response).await;
    {
        let mut waiting = pin!(shop.call(Request::get("/books/never")));
        let is_pending = poll_fn(|cx| Poll::Ready(waiting.as_mut().poll(cx).is_pending())).await;
        assert!(is_pending);
        assert_eq!(value(&shown(&page).await, active), Some(1.0));
    }
    let text = shown(&page).await;
    assert_eq!(value(&text, active), Some(0.0));
    let labels = "http_request_method=\"GET\",http_route=\"/books/{id}\"";
    let unanswered = format!("http_server_request_duration_seconds_count{{{labels}}}");
    assert_eq!(value(&text, &unanswered), Some(1.0), "{text}");
}

#[tokio::test]
async fn instruments_of_the_application_are_on_the_page_too() {
    let page = MetricsPage::default();
    let telemetry = Telemetry::builder().metrics_page(&page).unwrap().build();
    let sold = telemetry.meter().u64_counter("shop.sold").with_description("Books sold.").build();
    sold.add(2, &[KeyValue::new("kind", "a \"rare\" one\n")]);
    sold.add(3, &[KeyValue::new("kind", "a \"rare\" one\n")]);
    let text = shown(&page).await;
    assert_eq!(
        value(&text, "shop_sold_total{kind=\"a \\\"rare\\\" one\\n\"}"),
        Some(5.0),
        "{text}"
    );
    assert!(text.contains("# HELP shop_sold_total Books sold.\n"), "{text}");
}

/// The text of the page, every line of which is a comment or has a number at its end.
pub(crate) async fn shown(page: &MetricsPage) -> String {
    let response = page.call(Request::get("/metrics")).await;
    let media_type = response.header("content-type").unwrap();
    assert!(media_type.as_bytes().starts_with(b"text/plain; version=0.0.4"));
    let (_, text) = read(response).await;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (_, number) = line.rsplit_once(' ').unwrap();
        number.parse::<f64>().unwrap();
    }
    text
}

pub(crate) fn value(text: &str, series: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(series))?;
    line.trim().parse().ok()
}
