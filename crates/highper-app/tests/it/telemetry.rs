//! What providers have of the telemetry of their application.

use std::sync::Arc;

use highper_app::{Application, Settings};
use highper_core::{BoxError, BoxFuture, Container, ContainerBuilder, ServiceProvider};
use highper_telemetry::{DatabaseCall, Telemetry};

/// Measures at its start, where anything is measured, and then keeps the application from serving.
#[derive(Debug)]
struct Measuring;

impl ServiceProvider for Measuring {
    fn register(&self, _: &mut ContainerBuilder) {}

    fn boot<'a>(&'a self, container: &'a Container) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async {
            let telemetry = container.call(|it: Option<Arc<Telemetry>>| it)?;
            let Some(telemetry) = telemetry else { return Err("nothing is measured".into()) };
            DatabaseCall::new("sqlite", "SELECT").begin(&telemetry).end();
            Err("one call was measured".into())
        })
    }
}

async fn told(metrics_path: Option<&str>) -> String {
    let mut settings = Settings::default();
    settings.addresses = vec!["127.0.0.1:0".to_owned()];
    settings.telemetry.metrics_path = metrics_path.map(str::to_owned);
    let application = Application::with_settings(settings).provider(Measuring);
    application.run().await.unwrap_err().to_string()
}

#[tokio::test]
async fn providers_measure_with_the_telemetry_of_their_application_where_there_is_any() {
    assert!(told(Some("/metrics")).await.contains("one call was measured"));
    assert!(told(None).await.contains("nothing is measured"));
}
