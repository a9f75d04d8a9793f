//! Metrics and traces in a build without them.

use highper_app::{Application, Settings};

#[tokio::test]
async fn a_page_and_a_collector_are_refused_with_the_feature_that_is_missing() {
    let mut settings = Settings::default();
    settings.addresses = vec!["127.0.0.1:0".to_owned()];
    settings.telemetry.metrics_path = Some("/metrics".to_owned());
    settings.telemetry.endpoint = Some("http://127.0.0.1:4318".to_owned());
    let error = Application::with_settings(settings).run().await.unwrap_err();
    let problems: Vec<_> = error.problems().collect();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].starts_with("TELEMETRY_METRICS_PATH: "), "{problems:?}");
    assert!(problems[1].starts_with("OTEL_EXPORTER_OTLP_ENDPOINT: "), "{problems:?}");
    assert!(problems.iter().all(|problem| problem.contains("the feature `")), "{problems:?}");
}
