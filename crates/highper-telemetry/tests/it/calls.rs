//! What is asked of others, by the semantic conventions.

use std::time::Duration;

use highper_core::http::{HeaderMap, Method, StatusCode, Uri};
use highper_telemetry::{DatabaseCall, HttpCall, MessageCall, MetricsPage, Otlp, Telemetry};
use opentelemetry_proto::tonic::trace::v1::Span;
use tracing::{Instrument, info_span};
use tracing_subscriber::layer::SubscriberExt;

use crate::collector::{Collector, texts};
use crate::page::{shown, value};
use crate::traces::{hex, spans};

/// What is measured, and what the collector gets of it.
async fn measured(work: impl AsyncFnOnce(&Telemetry)) -> (String, Vec<Span>) {
    let (collector, page) = (Collector::start(), MetricsPage::default());
    let otlp = Otlp::to(format!("http://{}", collector.address));
    let builder = Telemetry::builder().otlp(&otlp).unwrap();
    let telemetry = builder.metrics_page(&page).unwrap().build();
    let registry = tracing_subscriber::registry().with(telemetry.layer());
    let subscriber = tracing::subscriber::set_default(registry);
    work(&telemetry).await;
    drop(subscriber);
    let text = shown(&page).await;
    assert!(telemetry.end(Duration::from_secs(10)));
    (text, spans(&collector.got()))
}

/// The attributes of a span, as `name=value`.
fn said(span: &Span) -> Vec<String> {
    let mut said: Vec<_> =
        texts(&span.attributes).iter().map(|(name, value)| format!("{name}={value}")).collect();
    said.retain(|line| !line.starts_with("target=") && !line.starts_with("level="));
    said.sort();
    said
}

fn failed(span: &Span) -> bool {
    span.status.as_ref().is_some_and(|status| status.code == 2)
}

#[tokio::test]
async fn a_request_to_another_service_is_a_span_that_it_goes_on_with() {
    let mut sent = HeaderMap::new();
    let (page, spans) = measured(async |telemetry| {
        let uri = Uri::from_static("http://ada:canary@stock.example:81/books/7?token=canary");
        let outer = info_span!("outer");
        let call = async {
            HttpCall::new(&Method::GET, &uri).template("/books/{id}").resend(1).begin(telemetry)
        };
        let call = call.instrument(outer).await;
        call.propagate(&mut sent);
        call.answered(StatusCode::OK);
        let uri = Uri::from_static("https://stock.example/x");
        HttpCall::new(&Method::POST, &uri).begin(telemetry).answered(StatusCode::NOT_FOUND);
        HttpCall::new(&Method::PUT, &uri).begin(telemetry).fail("timeout");
        drop(HttpCall::new(&"BREW".parse().unwrap(), &uri).begin(telemetry));
    })
    .await;
    let named = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    let (outer, get) = (named("outer"), named("GET /books/{id}"));
    assert_eq!((get.kind, &get.parent_span_id), (3, &outer.span_id));
    let place = format!("00-{}-{}-01", hex(&get.trace_id), hex(&get.span_id));
    assert_eq!(sent["traceparent"], place);
    assert_eq!(
        said(get),
        [
            "http.request.method=GET",
            "http.request.resend_count=1",
            "http.response.status_code=200",
            "server.address=stock.example",
            "server.port=81",
            "url.full=http://stock.example:81/books/7",
            "url.template=/books/{id}",
        ]
    );
    assert!(!failed(get));
    for (name, error) in [("POST", "404"), ("PUT", "timeout"), ("HTTP", "aborted")] {
        let error = format!("error.type={error}");
        assert!(failed(named(name)) && said(named(name)).contains(&error), "{name}");
    }
    assert!(said(named("POST")).contains(&"server.port=443".to_owned()));
    let labels = "error_type=\"timeout\",http_request_method=\"PUT\",server_address=\"stock.example\",server_port=\"443\"";
    let count = format!("http_client_request_duration_seconds_count{{{labels}}}");
    assert_eq!(value(&page, &count), Some(1.0), "{page}");
    assert!(!page.contains("canary") && !format!("{spans:?}").contains("canary"));
}

#[tokio::test]
async fn an_operation_of_a_database_has_its_table_and_no_values() {
    let (page, spans) = measured(async |telemetry| {
        let call = DatabaseCall::new("postgresql", "SELECT")
            .collection("books")
            .namespace("shop")
            .server("db", 5432)
            .query("SELECT title FROM books WHERE id = $1");
        call.begin(telemetry).end();
        DatabaseCall::new("redis", "GET").begin(telemetry).fail("WRONGTYPE");
    })
    .await;
    let named = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    assert_eq!(named("SELECT books").kind, 3);
    assert_eq!(
        said(named("SELECT books")),
        [
            "db.collection.name=books",
            "db.namespace=shop",
            "db.operation.name=SELECT",
            "db.query.text=SELECT title FROM books WHERE id = $1",
            "db.system.name=postgresql",
            "server.address=db",
            "server.port=5432",
        ]
    );
    assert!(failed(named("GET")));
    let labels = "db_operation_name=\"GET\",db_system_name=\"redis\",error_type=\"WRONGTYPE\"";
    let count = format!("db_client_operation_duration_seconds_count{{{labels}}}");
    assert_eq!(value(&page, &count), Some(1.0), "{page}");
    assert!(!page.contains("title FROM"), "a query is no label");
}

#[tokio::test]
async fn a_message_is_sent_received_and_worked_on_in_one_trace() {
    let (page, spans) = measured(async |telemetry| {
        let sending = MessageCall::send("rabbitmq", "orders").server("mq", 5672).begin(telemetry);
        let place = sending.trace_parent().unwrap();
        sending.end();
        MessageCall::receive("rabbitmq", "orders").begin(telemetry).end();
        let work = MessageCall::process("rabbitmq", "orders").message_id("7").caused_by(place);
        let work = work.begin(telemetry);
        work.around(async { async {}.instrument(info_span!("within")).await }).await;
        work.fail("poisoned");
    })
    .await;
    let named = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    let (send, work) = (named("send orders"), named("process orders"));
    assert_eq!((send.kind, named("receive orders").kind, work.kind), (4, 3, 5));
    assert_eq!((&work.trace_id, &work.parent_span_id), (&send.trace_id, &send.span_id));
    assert_eq!(named("within").parent_span_id, work.span_id);
    assert_eq!(
        said(work),
        [
            "error.type=poisoned",
            "messaging.destination.name=orders",
            "messaging.message.id=7",
            "messaging.operation.name=process",
            "messaging.operation.type=process",
            "messaging.system=rabbitmq",
        ]
    );
    let labels = |operation: &str, more: &str| {
        format!(
            "{{messaging_destination_name=\"orders\",messaging_operation_name=\"{operation}\",\
             messaging_operation_type=\"{operation}\",messaging_system=\"rabbitmq\"{more}}}"
        )
    };
    let sent = labels("send", ",server_address=\"mq\",server_port=\"5672\"");
    let received = labels("receive", "");
    for series in [
        format!("messaging_client_sent_messages_total{sent}"),
        format!("messaging_client_operation_duration_seconds_count{sent}"),
        format!("messaging_client_consumed_messages_total{received}"),
    ] {
        assert_eq!(value(&page, &series), Some(1.0), "{series}\n{page}");
    }
    assert!(page.contains("messaging_process_duration_seconds_count{error_type=\"poisoned\","));
}
