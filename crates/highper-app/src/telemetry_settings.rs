//! What the configuration says about metrics and traces.

use std::str::FromStr;

use highper_core::BootErrors;

/// What the configuration says about metrics and traces. Nothing is measured where neither a path nor an
/// endpoint is set.
///
/// A file has them in its section `telemetry`: `metrics_path = "/metrics"`.
///
/// | variable | key | what | default |
/// |---|---|---|---|
/// | `TELEMETRY_METRICS_PATH` | `metrics_path` | where the page for Prometheus is; needs the feature `prometheus` | there is none |
/// | `OTEL_EXPORTER_OTLP_ENDPOINT` | `endpoint` | the URL of a collector; needs the feature `otlp`, or `otlp-tls` | there is none |
/// | `OTEL_SERVICE_NAME` | `service_name` | what the service is called there | `unknown_service` |
/// | `TELEMETRY_SAMPLING` | `sampling` | the part of the traces that is recorded, from 0 to 1 | 1 |
///
/// The other variables of OpenTelemetry, as `OTEL_EXPORTER_OTLP_HEADERS` and `OTEL_RESOURCE_ATTRIBUTES`, hold too;
/// they have no keys.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TelemetrySettings {
    /// Where the page for Prometheus is; None: nowhere.
    pub metrics_path: Option<String>,
    /// The URL of a collector; None: there is none.
    pub endpoint: Option<String>,
    /// What the service is called.
    pub service_name: Option<String>,
    /// The part of the traces that is recorded, from 0 to 1.
    pub sampling: f64,
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self { metrics_path: None, endpoint: None, service_name: None, sampling: 1.0 }
    }
}

impl TelemetrySettings {
    /// Reads the variables through `lookup`. What is malformed keeps its default and is told.
    pub(crate) fn read(lookup: &impl Fn(&str) -> Option<String>, errors: &mut BootErrors) -> Self {
        let text = |name: &str| lookup(name).filter(|text| !text.trim().is_empty());
        let mut settings = Self {
            metrics_path: text(METRICS_PATH),
            endpoint: text(ENDPOINT),
            service_name: text(SERVICE_NAME),
            ..Self::default()
        };
        if let Some(path) = settings.metrics_path.take_if(|path| !path.starts_with('/')) {
            let path = path.escape_debug();
            errors.push(format_args!("{METRICS_PATH}: `{path}` is not a path, as /metrics"));
        }
        if let Some(sampling) = text(SAMPLING) {
            match f64::from_str(sampling.trim()) {
                Ok(ratio) if (0.0..=1.0).contains(&ratio) => settings.sampling = ratio,
                _ => {
                    let sampling = sampling.escape_debug();
                    errors
                        .push(format_args!("{SAMPLING}: `{sampling}` is not a number from 0 to 1"));
                }
            }
        }
        settings
    }
}

pub(crate) const METRICS_PATH: &str = "TELEMETRY_METRICS_PATH";

pub(crate) const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

pub(crate) const SERVICE_NAME: &str = "OTEL_SERVICE_NAME";

const SAMPLING: &str = "TELEMETRY_SAMPLING";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> (TelemetrySettings, Vec<String>) {
        let mut errors = BootErrors::new();
        let find = |name: &str| variables.iter().find(|(key, _)| *key == name);
        let lookup = |name: &str| find(name).map(|(_, value)| (*value).to_owned());
        let settings = TelemetrySettings::read(&lookup, &mut errors);
        (settings, errors.iter().map(str::to_owned).collect())
    }

    #[test]
    fn every_variable_sets_its_part() {
        let (settings, errors) = read(&[
            ("TELEMETRY_METRICS_PATH", "/metrics"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"),
            ("OTEL_SERVICE_NAME", "shop"),
            ("TELEMETRY_SAMPLING", "0.25"),
        ]);
        assert_eq!(errors, [""; 0]);
        let expected = TelemetrySettings {
            metrics_path: Some("/metrics".into()),
            endpoint: Some("http://collector:4318".into()),
            service_name: Some("shop".into()),
            sampling: 0.25,
        };
        assert_eq!(settings, expected);
        assert_eq!(read(&[("OTEL_SERVICE_NAME", "")]), (TelemetrySettings::default(), Vec::new()));
    }

    #[test]
    fn what_is_malformed_is_told_and_keeps_its_default() {
        let (settings, errors) =
            read(&[("TELEMETRY_METRICS_PATH", "metrics"), ("TELEMETRY_SAMPLING", "10%")]);
        assert_eq!(settings, TelemetrySettings::default());
        assert_eq!(
            errors,
            [
                "TELEMETRY_METRICS_PATH: `metrics` is not a path, as /metrics",
                "TELEMETRY_SAMPLING: `10%` is not a number from 0 to 1",
            ]
        );
    }
}
