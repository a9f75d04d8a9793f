//! What cannot be is told before anything begins.

use highper_telemetry::{Otlp, Telemetry};

#[test]
fn what_is_wrong_with_a_collector_is_told() {
    for (otlp, told) in [
        (Otlp::to("collector:4318"), "write http://collector:4318"),
        (Otlp::to("http://a b"), "the collector http://a b:"),
        (Otlp::to("http://a").sampling(1.5), "give a number from 0 to 1"),
        (Otlp::to("http://a").sampling(f64::NAN), "give a number from 0 to 1"),
    ] {
        let error = Telemetry::builder().otlp(&otlp).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
}
