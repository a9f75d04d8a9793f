//! What telemetry is made of.

use std::sync::Arc;

use opentelemetry::global;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::{MeterProviderBuilder, SdkMeterProvider};

use crate::request_metrics::RequestMetrics;
use crate::request_span::SpanSource;
use crate::telemetry::SCOPE;
use crate::{RequestTelemetry, Telemetry};

/// What telemetry is made of: begin with [`Telemetry::builder`].
#[derive(Debug)]
#[must_use]
pub struct TelemetryBuilder {
    service_name: Option<String>,
    pub(crate) meters: MeterProviderBuilder,
    pub(crate) spans: SpanSource,
}

impl TelemetryBuilder {
    pub(crate) fn new() -> Self {
        Self {
            service_name: None,
            meters: SdkMeterProvider::builder(),
            spans: SpanSource::default(),
        }
    }

    /// Sets what the service is called, instead of what `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` say.
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.service_name = Some(name.into());
        self
    }

    /// Begins, and makes it what OpenTelemetry's `global::meter` and `global::tracer` of this process give.
    #[must_use]
    pub fn build(self) -> Telemetry {
        let resource = match self.service_name {
            Some(name) => Resource::builder().with_service_name(name).build(),
            None => Resource::builder().build(),
        };
        let meters = self.meters.with_resource(resource.clone()).build();
        // First, because whoever exports spans counts there what it drops.
        global::set_meter_provider(meters.clone());
        let meter = meters.meter(SCOPE);
        let requests = RequestTelemetry {
            metrics: Arc::new(RequestMetrics::new(&meter)),
            spans: self.spans.start(resource),
        };
        Telemetry { meters, meter, requests }
    }
}
