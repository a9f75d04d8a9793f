//! Traces, metrics and logs to a collector.

use std::collections::HashMap;
use std::time::Duration;

use opentelemetry_otlp::{
    ExporterBuildError, LogExporter, MetricExporter, SpanExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::metrics::PeriodicReader;
use opentelemetry_sdk::trace::Sampler;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use crate::{Telemetry, TelemetryBuilder, TelemetryError, https};

/// Where an OpenTelemetry collector is, and what it gets: OTLP over HTTP, as protobuf.
///
/// What is not set here is as the environment says: `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_EXPORTER_OTLP_TIMEOUT`,
/// `OTEL_BSP_MAX_QUEUE_SIZE` (spans that may wait, 2,048), `OTEL_BSP_MAX_EXPORT_BATCH_SIZE`,
/// `OTEL_BSP_SCHEDULE_DELAY`, `OTEL_METRIC_EXPORT_INTERVAL`, `OTEL_RESOURCE_ATTRIBUTES`.
///
/// # Example
/// ```
/// use highper_telemetry::{Otlp, Telemetry};
///
/// let otlp = Otlp::to("http://127.0.0.1:4318").sampling(0.1);
/// let builder = Telemetry::builder().otlp(&otlp)?;
/// # Ok::<(), highper_telemetry::TelemetryError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Otlp {
    endpoint: String,
    headers: HashMap<String, String>,
    sampling: f64,
    timeout: Option<Duration>,
    interval: Option<Duration>,
}

impl Otlp {
    /// To the collector at a URL, as `http://collector:4318`: traces go to `/v1/traces` there, metrics to
    /// `/v1/metrics`, logs to `/v1/logs`. One with `https` needs the feature `otlp-tls`.
    pub fn to(endpoint: impl Into<String>) -> Self {
        Self {
            endpoint: endpoint.into(),
            headers: HashMap::new(),
            sampling: 1.0,
            timeout: None,
            interval: None,
        }
    }

    /// Sends a header with each message, as a key that the collector wants.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }

    /// Records the given part of the traces that begin here, from 0 to 1; 1 unless it is set. One that
    /// somebody else has begun is recorded if they do.
    pub fn sampling(mut self, ratio: f64) -> Self {
        self.sampling = ratio;
        self
    }

    /// Gives up a message that the collector has not taken for so long; 10 seconds unless it is set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sends metrics so often; every minute unless it is set.
    pub fn metric_interval(mut self, interval: Duration) -> Self {
        self.interval = Some(interval);
        self
    }

    fn spans(&self) -> Result<SpanExporter, ExporterBuildError> {
        let builder = SpanExporter::builder().with_http().with_endpoint(self.signal("traces"));
        let builder = builder.with_headers(self.headers.clone());
        match self.timeout {
            Some(timeout) => builder.with_timeout(timeout).build(),
            None => builder.build(),
        }
    }

    fn metrics(&self) -> Result<MetricExporter, ExporterBuildError> {
        let builder = MetricExporter::builder().with_http().with_endpoint(self.signal("metrics"));
        let builder = builder.with_headers(self.headers.clone());
        match self.timeout {
            Some(timeout) => builder.with_timeout(timeout).build(),
            None => builder.build(),
        }
    }

    fn logs(&self) -> Result<LogExporter, ExporterBuildError> {
        let builder = LogExporter::builder().with_http().with_endpoint(self.signal("logs"));
        let builder = builder.with_headers(self.headers.clone());
        match self.timeout {
            Some(timeout) => builder.with_timeout(timeout).build(),
            None => builder.build(),
        }
    }

    fn signal(&self, name: &str) -> String {
        format!("{}/v1/{name}", self.endpoint.trim_end_matches('/'))
    }

    fn check(&self) -> Result<(), TelemetryError> {
        let endpoint = &self.endpoint;
        if !["http://", "https://"].iter().any(|scheme| endpoint.starts_with(scheme)) {
            return Err(TelemetryError::new(format!(
                "the collector {endpoint:?} is no URL of one: write http://collector:4318"
            )));
        }
        https::check(endpoint)?;
        if !(0.0..=1.0).contains(&self.sampling) {
            return Err(TelemetryError::new(format!(
                "the part {} of traces cannot be recorded: give a number from 0 to 1",
                self.sampling
            )));
        }
        Ok(())
    }
}

impl TelemetryBuilder {
    /// Sends traces and metrics to a collector, and what a log gives to [`Telemetry::log_output`], each from a
    /// thread of its own.
    ///
    /// # Errors
    /// If the collector's URL is none, or has a scheme that this build does not speak, or the part of the
    /// traces is not from 0 to 1. Whether there is a collector is not looked at.
    pub fn otlp(mut self, otlp: &Otlp) -> Result<Self, TelemetryError> {
        otlp.check()?;
        let wrong = |error: ExporterBuildError| {
            TelemetryError::new(format!("the collector {}: {error}", otlp.endpoint))
        };
        let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(otlp.sampling)));
        self.spans.0 = Some((otlp.spans().map_err(wrong)?, sampler));
        self.logs.0 = Some(otlp.logs().map_err(wrong)?);
        let reader = PeriodicReader::builder(otlp.metrics().map_err(wrong)?);
        let reader = match otlp.interval {
            Some(interval) => reader.with_interval(interval).build(),
            None => reader.build(),
        };
        self.meters = self.meters.with_reader(reader);
        Ok(self)
    }
}

impl Telemetry {
    /// The spans of tracing as a layer, to be put on a registry beside others: those of level info and
    /// graver are recorded below the span of their request. The span of the access log is left out,
    /// because it is that of the request.
    pub fn layer<S>(&self) -> Option<impl Layer<S> + use<S>>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let tracer = self.requests.spans.tracer()?;
        let is_wanted = filter_fn(|metadata| {
            let target = metadata.target();
            !target.starts_with("opentelemetry") && !target.starts_with("highper_log::")
        });
        let layer = tracing_opentelemetry::layer().with_tracer(tracer).with_location(false);
        Some(layer.with_threads(false).with_filter(is_wanted).with_filter(LevelFilter::INFO))
    }
}
