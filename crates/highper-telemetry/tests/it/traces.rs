//! The spans that a collector gets.

use std::collections::HashMap;
use std::time::Duration;

use highper_core::{Handler, MiddlewareStack, Request};
use highper_log::AccessLog;
use highper_telemetry::{Otlp, Telemetry};
use opentelemetry_proto::tonic::trace::v1::Span;
use tracing_subscriber::layer::SubscriberExt;

use crate::collector::{Collector, Got, texts};
use crate::shop::{Shop, get, read};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn telemetry(collector: &Collector, sampling: f64) -> Telemetry {
    let otlp =
        Otlp::to(format!("http://{}", collector.address)).sampling(sampling).header("x-key", "k");
    Telemetry::builder().service_name("shop").otlp(&otlp).unwrap().build()
}

fn end(telemetry: &Telemetry) {
    assert!(telemetry.end(Duration::from_secs(10)));
}

pub(crate) fn spans(got: &Got) -> Vec<Span> {
    let resources = got.traces.iter().flat_map(|message| &message.resource_spans);
    resources
        .flat_map(|resource| &resource.scope_spans)
        .flat_map(|scope| &scope.spans)
        .cloned()
        .collect()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn traced(path: &'static str, flags: &'static str) -> Request {
    let parent = match flags {
        "01" => "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        _ => "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
    };
    Request::get(path).with_header("traceparent", parent).with_header("tracestate", "vendor=x")
}

#[tokio::test]
async fn a_request_is_a_span_below_that_of_its_client_and_above_what_it_causes() {
    let collector = Collector::start();
    let telemetry = telemetry(&collector, 1.0);
    let registry = tracing_subscriber::registry().with(telemetry.layer());
    let _subscriber = tracing::subscriber::set_default(registry);
    let shop = telemetry.requests().wrap(AccessLog::new().in_trace().wrap(Shop::open()));
    let request =
        traced("/books/asking?token=canary", "01").with_header("host", "shop.example:8080");
    let response = shop.call(request).await;
    let id = response.header("x-request-id").unwrap().as_bytes().to_vec();
    let (_, asked) = read(response).await;
    end(&telemetry);
    let spans = spans(&collector.got());
    let named = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    assert_eq!(spans.len(), 2, "{spans:?}");
    let (request, ask) = (named("GET /books/{id}"), named("ask"));
    assert_eq!(hex(&request.trace_id), TRACE);
    assert_eq!(hex(&request.parent_span_id), "00f067aa0ba902b7");
    assert_eq!(request.kind, 2, "that of a server");
    assert_eq!(hex(&ask.trace_id), TRACE);
    assert_eq!(ask.parent_span_id, request.span_id);
    assert_eq!(hex(&request.span_id).as_bytes(), id, "the log has its id");
    assert_eq!(asked, format!("00-{TRACE}-{}-01 vendor=x", hex(&ask.span_id)));
    let attributes = texts(&request.attributes);
    assert_eq!(attributes["http.request.method"], "GET");
    assert_eq!(attributes["http.route"], "/books/{id}");
    assert_eq!(attributes["http.response.status_code"], "200");
    assert_eq!(attributes["url.path"], "/books/asking");
    assert_eq!(
        (&*attributes["server.address"], &*attributes["server.port"]),
        ("shop.example", "8080")
    );
    assert_eq!(attributes["network.protocol.version"], "1.1");
    assert!(!format!("{spans:?}").contains("canary"));
}

#[tokio::test]
async fn the_collector_learns_of_the_service_and_of_what_went_wrong() {
    let collector = Collector::start();
    let telemetry = telemetry(&collector, 1.0);
    let shop = telemetry.requests().wrap(Shop::open());
    get(&shop, "/books/failing").await;
    drop(shop.call(Request::get("/books/words")).await);
    get(&shop, "/nothing").await;
    end(&telemetry);
    let got = collector.got();
    assert!(got.headers.iter().all(|headers| headers["x-key"] == "k"));
    assert!(got.headers.iter().all(|headers| headers["content-type"] == "application/x-protobuf"));
    let resource = got.traces[0].resource_spans[0].resource.as_ref().unwrap();
    let resource = texts(&resource.attributes);
    assert_eq!(resource["service.name"], "shop");
    assert_eq!(resource["service.instance.id"].len(), 32, "processes are told apart");
    let spans = spans(&got);
    let errors: HashMap<_, _> = spans
        .iter()
        .map(|span| {
            let status = span.status.as_ref().map_or(0, |status| status.code);
            let attributes = texts(&span.attributes);
            let error = attributes.get("error.type").cloned();
            (attributes["url.path"].clone(), (span.name.clone(), status, error))
        })
        .collect();
    let books = "GET /books/{id}".to_owned();
    assert_eq!(errors["/books/failing"], (books.clone(), 2, Some("500".to_owned())));
    assert_eq!(errors["/books/words"], (books, 2, Some("aborted".to_owned())));
    assert_eq!(errors["/nothing"], ("GET".to_owned(), 0, None));
}

#[tokio::test]
async fn a_client_cannot_fill_the_queue_with_long_texts() {
    let collector = Collector::start();
    let telemetry = telemetry(&collector, 1.0);
    let shop = telemetry.requests().wrap(Shop::open());
    let vendors = (0..500).map(|number| format!("k{number}=v")).collect::<Vec<_>>().join(",");
    let path = format!("/books/{}", "x".repeat(8_000)).leak();
    let request = Request::get(path).with_header("user-agent", "x".repeat(8_000).leak());
    shop.call(request.with_header("host", "x".repeat(8_000).leak())).await;
    let request = traced("/books/asking", "01");
    let (_, asked) = read(shop.call(request.with_header("tracestate", vendors.leak())).await).await;
    assert!(asked.ends_with("-01 "), "{asked}");
    end(&telemetry);
    for span in spans(&collector.got()) {
        for (name, value) in texts(&span.attributes) {
            assert!(value.len() <= 256, "{name}: {value}");
        }
    }
}

#[tokio::test]
async fn an_end_after_the_end_has_lost_nothing() {
    let collector = Collector::start();
    let telemetry = telemetry(&collector, 1.0);
    end(&telemetry);
    end(&telemetry);
}

#[tokio::test]
async fn a_trace_that_begins_here_is_recorded_by_chance_and_another_as_its_client_says() {
    let collector = Collector::start();
    let telemetry = telemetry(&collector, 0.0);
    let shop = telemetry.requests().wrap(Shop::open());
    let (_, own) = get(&shop, "/books/asking").await;
    assert!(own.ends_with("-00 "), "{own}");
    let (_, unrecorded) = read(shop.call(traced("/books/asking", "00")).await).await;
    assert!(unrecorded.starts_with(&format!("00-{TRACE}-")), "{unrecorded}");
    assert!(unrecorded.ends_with("-00 vendor=x"), "{unrecorded}");
    let (_, recorded) = read(shop.call(traced("/books/asking", "01")).await).await;
    end(&telemetry);
    let spans = spans(&collector.got());
    assert_eq!(spans.len(), 1);
    assert_eq!(recorded, format!("00-{TRACE}-{}-01 vendor=x", hex(&spans[0].span_id)));
}
