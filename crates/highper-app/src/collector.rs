//! The collector of an application.

use highper_core::BootErrors;
use highper_log::{Log, LogError, Output};
use highper_telemetry::{Otlp, Telemetry, TelemetryBuilder};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;

use crate::TelemetrySettings;
use crate::telemetry_settings::ENDPOINT;

/// Sends traces and metrics to a collector, where there is one. None if that cannot be, which is told.
pub(crate) fn send(
    builder: TelemetryBuilder,
    wanted: &TelemetrySettings,
    errors: &mut BootErrors,
) -> Option<TelemetryBuilder> {
    let Some(endpoint) = &wanted.endpoint else { return Some(builder) };
    let otlp = Otlp::to(endpoint).sampling(wanted.sampling);
    builder.otlp(&otlp).map_err(|error| errors.push(format_args!("{ENDPOINT}: {error}"))).ok()
}

/// Where the lines of the log go, if there is a collector.
pub(crate) fn log_output(telemetry: &Telemetry) -> Option<Output> {
    telemetry.log_output()
}

/// Makes the events of tracing lines of a log, and its spans those of traces.
pub(crate) fn install(telemetry: Option<&Telemetry>, log: &Log) -> Result<(), LogError> {
    match telemetry.and_then(Telemetry::layer) {
        Some(layer) => log.install_on(Registry::default().with(layer)),
        None => log.install(),
    }
}
