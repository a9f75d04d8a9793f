//! The metrics that a collector gets.

use std::time::Duration;

use highper_core::MiddlewareStack;
use highper_telemetry::{MetricsPage, Otlp, Telemetry};
use opentelemetry_proto::tonic::metrics::v1::{Metric, metric::Data};

use crate::collector::{Collector, Got, texts};
use crate::shop::{Shop, get};

fn metric(got: &Got, name: &str) -> Option<Metric> {
    let resources = got.metrics.iter().rev().flat_map(|message| &message.resource_metrics);
    let mut metrics = resources.flat_map(|it| &it.scope_metrics).flat_map(|scope| &scope.metrics);
    metrics.find(|metric| metric.name == name).cloned()
}

#[tokio::test]
async fn metrics_are_sent_from_time_to_time_and_are_those_of_the_page() {
    let collector = Collector::start();
    let otlp = Otlp::to(format!("http://{}/", collector.address));
    let page = MetricsPage::default();
    let telemetry = Telemetry::builder()
        .otlp(&otlp.metric_interval(Duration::from_millis(10)))
        .and_then(|builder| builder.metrics_page(&page))
        .unwrap()
        .build();
    let shop = telemetry.requests().wrap(Shop::open());
    get(&shop, "/books/1").await;
    get(&shop, "/books/2").await;
    let duration = collector.until("a duration", |got| metric(got, "http.server.request.duration"));
    assert_eq!(duration.unit, "s");
    let Some(Data::Histogram(histogram)) = duration.data else { panic!("{duration:?}") };
    let labels = texts(&histogram.data_points[0].attributes);
    assert_eq!(labels["http.route"], "/books/{id}");
    assert_eq!(
        (&*labels["http.request.method"], &*labels["http.response.status_code"]),
        ("GET", "200")
    );
    let count = |got: &Got| match metric(got, "http.server.request.duration")?.data? {
        Data::Histogram(histogram) => (histogram.data_points[0].count == 2).then_some(()),
        _ => None,
    };
    collector.until("both requests", count);
    assert!(telemetry.end(Duration::from_secs(10)));
}
