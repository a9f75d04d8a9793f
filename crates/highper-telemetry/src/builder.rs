//! What telemetry is made of.

use std::sync::Arc;

use highper_log::TraceParent;
use opentelemetry::metrics::MeterProvider;
use opentelemetry::{Key, KeyValue, global};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::{MeterProviderBuilder, SdkMeterProvider};

use crate::log_records::LogSource;
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
    pub(crate) logs: LogSource,
}

impl TelemetryBuilder {
    pub(crate) fn new() -> Self {
        Self {
            service_name: None,
            meters: SdkMeterProvider::builder(),
            spans: Default::default(),
            logs: Default::default(),
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
        let resource = resource(self.service_name);
        let meters = self.meters.with_resource(resource.clone()).build();
        // First, because whoever exports spans counts there what it drops.
        global::set_meter_provider(meters.clone());
        let meter = meters.meter(SCOPE);
        let logs = self.logs.start(resource.clone());
        let requests = RequestTelemetry {
            metrics: Arc::new(RequestMetrics::new(&meter)),
            spans: self.spans.start(resource),
        };
        Telemetry { meters, meter, requests, logs }
    }
}

/// Who measures: as the environment says, and told apart from other processes of the same service. Else a
/// collector takes the counts of two processes for those of one that counts forwards and backwards.
fn resource(service_name: Option<String>) -> Resource {
    let mut builder = Resource::builder();
    if let Some(name) = service_name {
        builder = builder.with_service_name(name);
    }
    let told = builder.build();
    if told.get(&INSTANCE).is_some() {
        return told;
    }
    let instance = format!("{:032x}", TraceParent::root().trace_id());
    let told = told.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
    let own = KeyValue::new(INSTANCE, instance);
    Resource::builder_empty().with_attributes(told.chain([own])).build()
}

const INSTANCE: Key = Key::from_static_str("service.instance.id");
