//! What stands for a collector in a build without `otlp`: there is none.

use highper_core::BootErrors;
use highper_log::{Log, LogError, Output};
use highper_telemetry::{Telemetry, TelemetryBuilder};

use crate::TelemetrySettings;
use crate::telemetry_settings::ENDPOINT;

pub(crate) fn send(
    builder: TelemetryBuilder,
    wanted: &TelemetrySettings,
    errors: &mut BootErrors,
) -> Option<TelemetryBuilder> {
    if wanted.endpoint.is_some() {
        errors.push(format_args!(
            "{ENDPOINT}: this program was built without collectors; enable the feature `otlp` of highper \
             (or highper-app), or leave it out"
        ));
    }
    Some(builder)
}

pub(crate) fn log_output(_: &Telemetry) -> Option<Output> {
    None
}

pub(crate) fn install(_: Option<&Telemetry>, log: &Log) -> Result<(), LogError> {
    log.install()
}
