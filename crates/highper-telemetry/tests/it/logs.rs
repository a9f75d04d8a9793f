//! The lines of a log that a collector gets.

use std::time::Duration;

use highper_core::{Handler, MiddlewareStack, Request};
use highper_log::{AccessLog, Log};
use highper_telemetry::{Otlp, Telemetry};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use tracing_subscriber::layer::SubscriberExt;

use crate::collector::{Collector, texts};
use crate::shop::{Shop, read};

#[tokio::test]
async fn lines_are_records_with_their_severity_redacted_and_within_their_trace() {
    let collector = Collector::start();
    let otlp = Otlp::to(format!("http://{}", collector.address));
    let telemetry = Telemetry::builder().service_name("shop").otlp(&otlp).unwrap().build();
    let (log, guard) = Log::builder().output(telemetry.log_output().unwrap()).build().unwrap();
    let registry = tracing_subscriber::registry().with(telemetry.layer()).with(log.layer());
    let subscriber = tracing::subscriber::set_default(registry);
    tracing::error!(severity = "alert", password = "canary", books = 3, "on fire");
    let shop = telemetry.requests().wrap(AccessLog::new().in_trace().wrap(Shop::open()));
    read(shop.call(Request::get("/books/asking")).await).await;
    drop(subscriber);
    assert!(guard.end(Duration::from_secs(10)));
    assert!(telemetry.end(Duration::from_secs(10)));
    let got = collector.got();
    let resources = got.logs.iter().flat_map(|message| &message.resource_logs);
    let records: Vec<&LogRecord> = resources
        .flat_map(|resource| &resource.scope_logs)
        .flat_map(|scope| &scope.log_records)
        .collect();
    let said = |text: &str| {
        let is_said = |record: &&&LogRecord| {
            let body = record.body.as_ref().and_then(|body| body.value.clone());
            body == Some(Value::StringValue(text.to_owned()))
        };
        *records.iter().find(is_said).unwrap()
    };
    let fire = said("on fire");
    assert_eq!((fire.severity_number, fire.severity_text.as_str()), (19, "alert"));
    assert!(fire.time_unix_nano > 1_700_000_000_000_000_000, "{}", fire.time_unix_nano);
    let attributes = texts(&fire.attributes);
    assert_eq!((&*attributes["books"], &*attributes["password"]), ("3", "[redacted]"));
    let request = said("request");
    let spans = got.traces.iter().flat_map(|message| &message.resource_spans);
    let span = spans.flat_map(|it| &it.scope_spans).flat_map(|it| &it.spans);
    let span = span.into_iter().find(|span| span.name == "GET /books/{id}").unwrap();
    assert_eq!((&request.trace_id, &request.span_id), (&span.trace_id, &span.span_id));
    assert_eq!(texts(&request.attributes)["route"], "/books/{id}");
}
