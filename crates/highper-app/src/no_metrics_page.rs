//! What stands for the page of metrics in a build without `prometheus`: there is none.

use highper_core::BootErrors;
use highper_router::Router;
use highper_telemetry::TelemetryBuilder;

use crate::TelemetrySettings;
use crate::telemetry_settings::METRICS_PATH;

#[derive(Clone, Debug)]
pub(crate) enum Page {}

pub(crate) fn show(
    builder: TelemetryBuilder,
    wanted: &TelemetrySettings,
    errors: &mut BootErrors,
) -> (TelemetryBuilder, Option<Page>) {
    if wanted.metrics_path.is_some() {
        errors.push(format_args!(
            "{METRICS_PATH}: this program was built without a page of metrics; enable the feature \
             `prometheus` of highper (or highper-app), or leave it out"
        ));
    }
    (builder, None)
}

impl Page {
    pub(crate) fn add_to(&self, _: Router) -> Router {
        match *self {}
    }
}
