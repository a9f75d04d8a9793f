//! Collectors behind https: this build does not speak to them.

use crate::TelemetryError;

/// Can this build send to the collector?
pub(crate) fn check(endpoint: &str) -> Result<(), TelemetryError> {
    if !endpoint.starts_with("https:") {
        return Ok(());
    }
    Err(TelemetryError::new(format!(
        "the collector {endpoint} speaks https: build with the feature otlp-tls, or send by http to one \
         beside this service"
    )))
}

#[cfg(test)]
mod tests {
    use crate::{Otlp, Telemetry};

    #[test]
    fn a_collector_behind_https_is_refused_with_the_feature_that_is_missing() {
        let error = Telemetry::builder().otlp(&Otlp::to("https://a")).unwrap_err();
        assert!(error.to_string().contains("the feature otlp-tls"), "{error}");
    }
}
