//! The page for Prometheus in an application.

use highper_core::BootErrors;
use highper_router::Router;
use highper_telemetry::{MetricsPage, TelemetryBuilder};

use crate::TelemetrySettings;
use crate::telemetry_settings::METRICS_PATH;

/// The page for Prometheus, and where it is.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    path: String,
    page: MetricsPage,
}

/// Shows the metrics on a page, where one is wanted.
pub(crate) fn show(
    builder: TelemetryBuilder,
    wanted: &TelemetrySettings,
    errors: &mut BootErrors,
) -> (TelemetryBuilder, Option<Page>) {
    let Some(path) = wanted.metrics_path.clone() else { return (builder, None) };
    let page = MetricsPage::default();
    match builder.metrics_page(&page) {
        Ok(builder) => (builder, Some(Page { path, page })),
        Err(error) => {
            errors.push(format_args!("{METRICS_PATH}: {error}"));
            (highper_telemetry::Telemetry::builder(), None)
        }
    }
}

impl Page {
    pub(crate) fn add_to(&self, router: Router) -> Router {
        let page = self.page.clone();
        router.get(&self.path, move || {
            let page = page.clone();
            async move { page.answer() }
        })
    }
}
