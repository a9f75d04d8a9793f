//! Metrics as a page for Prometheus.

use highper_core::http::HeaderValue;
use highper_core::http::header::CONTENT_TYPE;
use highper_core::{Error, Handler, IntoResponse, Request, Response};
use prometheus::{Encoder, Registry, TextEncoder};

use crate::{TelemetryBuilder, TelemetryError};

/// All metrics as a page that Prometheus reads, in its text format 0.0.4. A handler: give it a path.
///
/// Whoever may read it learns how much a service is used and which routes it has: keep it from the public,
/// by a middleware or by the proxy in front.
///
/// # Example
/// ```no_run
/// use highper_telemetry::{MetricsPage, Telemetry};
///
/// let page = MetricsPage::default();
/// let telemetry = Telemetry::builder().metrics_page(&page)?.build();
/// // Elsewhere: router.get("/metrics", move || { let page = page.clone(); async move { page.answer() } })
/// # Ok::<(), highper_telemetry::TelemetryError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct MetricsPage {
    registry: Registry,
}

impl MetricsPage {
    /// The page as it is now.
    #[must_use]
    pub fn answer(&self) -> Response {
        let encoder = TextEncoder::new();
        let mut text = Vec::with_capacity(USUAL_SIZE);
        if let Err(error) = encoder.encode(&self.registry.gather(), &mut text) {
            return Error::internal(error).into_response();
        }
        let mut response = text.into_response();
        let media_type = HeaderValue::from_static(prometheus::TEXT_FORMAT);
        response.headers_mut().insert(CONTENT_TYPE, media_type);
        response
    }
}

impl Handler for MetricsPage {
    async fn call(&self, _: Request) -> Response {
        self.answer()
    }
}

impl TelemetryBuilder {
    /// Shows all metrics on `page`.
    ///
    /// # Errors
    /// If the page is another one's already.
    pub fn metrics_page(mut self, page: &MetricsPage) -> Result<Self, TelemetryError> {
        let exporter = opentelemetry_prometheus::exporter()
            .with_registry(page.registry.clone())
            .scope_info_enabled(false)
            .build()
            .map_err(|error| TelemetryError::new(format!("the page of metrics: {error}")))?;
        self.meters = self.meters.with_reader(exporter);
        Ok(self)
    }
}

/// Room for a few dozen series.
const USUAL_SIZE: usize = 16 * 1024;
