//! What a server counts, as metrics.

use std::sync::Arc;

use highper_http::Counters;
use highper_log::Log;
use highper_net::{Handle, Metrics};
use highper_telemetry::opentelemetry::KeyValue;
use highper_telemetry::opentelemetry::metrics::Meter;

/// Shows what the server, its protocol and the log count anyway: it is read when somebody looks, and costs
/// no request anything.
pub(crate) fn watch(meter: &Meter, server: Handle, http: &Counters, log: Option<&Log>) {
    let server = Arc::new(server);
    watch_connections(meter, &server);
    watch_lag(meter, &server);
    for (name, what, count) in COUNTED {
        let server = Arc::clone(&server);
        counter(meter, name, what, move || count(&server.metrics()));
    }
    let (handshakes, floods) = (http.clone(), http.clone());
    counter(
        meter,
        "highper.server.failed_handshakes",
        "Connections that ended because TLS was not agreed upon.",
        move || handshakes.failed_handshakes(),
    );
    counter(
        meter,
        "highper.server.floods",
        "HTTP/2 connections that ended because their peer asked for too much.",
        move || floods.floods(),
    );
    if let Some(log) = log.cloned() {
        counter(
            meter,
            "highper.log.dropped",
            "Lines that were dropped because the log was full.",
            move || log.counts().dropped,
        );
    }
}

fn watch_connections(meter: &Meter, server: &Arc<Handle>) {
    let server = Arc::clone(server);
    // Each meter keeps what it shows by its callback.
    let _ = meter
        .u64_observable_gauge("highper.server.connections")
        .with_unit("{connection}")
        .with_description("Connections that are open, parked or not.")
        .with_callback(move |observer| {
            let metrics = server.metrics();
            for (state, count) in [("active", metrics.active), ("parked", metrics.parked)] {
                observer.observe(count as u64, &[KeyValue::new("state", state)]);
            }
        })
        .build();
}

fn watch_lag(meter: &Meter, server: &Arc<Handle>) {
    let server = Arc::clone(server);
    let _ = meter
        .f64_observable_gauge("highper.server.lag")
        .with_unit("s")
        .with_description("How long whatever is ready on the slowest worker waits for its turn.")
        .with_callback(move |observer| observer.observe(server.metrics().lag.as_secs_f64(), &[]))
        .build();
}

fn counter(
    meter: &Meter,
    name: &'static str,
    what: &'static str,
    count: impl Fn() -> u64 + Send + Sync + 'static,
) {
    let _ = meter
        .u64_observable_counter(name)
        .with_description(what)
        .with_callback(move |observer| observer.observe(count(), &[]))
        .build();
}

type Counted = (&'static str, &'static str, fn(&Metrics) -> u64);

const COUNTED: [Counted; 7] = [
    ("highper.server.accepted", "Connections let in.", |metrics| metrics.accepted),
    ("highper.server.accept_pauses", "Pauses because all connections were taken.", |metrics| {
        metrics.accept_pauses
    }),
    (
        "highper.server.refused_per_ip",
        "Connections closed because their peer held as many as it may.",
        |metrics| metrics.refused_per_ip,
    ),
    (
        "highper.server.refused_introductions",
        "Connections closed because their proxy sent no PROXY header.",
        |metrics| metrics.refused_introductions,
    ),
    ("highper.server.wakes", "Parked connections taken up again.", |metrics| metrics.wakes),
    ("highper.server.park_failures", "Connections taken up while they parked.", |metrics| {
        metrics.park_failures
    }),
    ("highper.server.blocked", "Tasks that blocked their worker for too long.", |metrics| {
        metrics.blocked
    }),
];
