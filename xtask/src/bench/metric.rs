//! The figures, with their names in JSON and on the terminal.

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Better {
    Lower,
    Higher,
}

macro_rules! metrics {
    ($($metric:ident, $name:literal, $unit:literal, $better:ident, $title:literal;)+) => {
        /// One kind of figure.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Metric { $($metric,)+ }

        impl Metric {
            /// In the order in which the tables are printed: the figure of record first.
            pub(super) const ALL: &[Self] = &[$(Self::$metric,)+];

            /// As it stands in the JSON.
            pub(super) fn name(self) -> &'static str {
                match self { $(Self::$metric => $name,)+ }
            }

            pub(super) fn unit(self) -> &'static str {
                match self { $(Self::$metric => $unit,)+ }
            }

            pub(super) fn better(self) -> Better {
                match self { $(Self::$metric => Better::$better,)+ }
            }

            pub(super) fn title(self) -> &'static str {
                match self { $(Self::$metric => $title,)+ }
            }
        }
    };
}

metrics! {
    UserInstructions, "user_instructions_per_request", "instructions", Lower,
        "Instructions in user space, per request";
    KernelInstructions, "kernel_instructions_per_request", "instructions", Lower,
        "Instructions in the kernel, per request";
    Allocations, "allocations_per_request", "allocations", Lower,
        "Calls of the allocator for memory, per request";
    CpuTime, "cpu_ns_per_request", "ns", Lower,
        "CPU time, per request";
    Requests, "requests_per_second", "requests/s", Higher,
        "Requests per second";
    LatencyP50, "latency_p50_us", "us", Lower,
        "Latency at a fixed rate, median";
    LatencyP90, "latency_p90_us", "us", Lower,
        "Latency at a fixed rate, 90% are faster";
    LatencyP99, "latency_p99_us", "us", Lower,
        "Latency at a fixed rate, 99% are faster";
    LatencyP999, "latency_p99_9_us", "us", Lower,
        "Latency at a fixed rate, 99.9% are faster";
    LatencyMax, "latency_max_us", "us", Lower,
        "Latency at a fixed rate, the slowest";
    PeakRequests, "peak_requests_per_second", "requests/s", Higher,
        "Requests per second at the peak whose parts are measured below";
    CpuUtilisation, "cpu_utilisation_percent", "%", Lower,
        "Utilisation of the server's core at a part of its peak";
    CpuTimeAtLoad, "cpu_ns_per_request_at_load", "ns", Lower,
        "CPU time per request at a part of the server's peak";
    RequestsBesideIdle, "requests_per_second_beside_idle", "requests/s", Higher,
        "Requests per second beside idle connections";
    RatioBesideIdle, "requests_ratio_beside_idle", "ratio", Higher,
        "Requests per second beside idle connections, in those without";
    LatencyP50BesideIdle, "latency_p50_us_beside_idle", "us", Lower,
        "Latency of the busy connections beside idle ones, median";
    LatencyP99BesideIdle, "latency_p99_us_beside_idle", "us", Lower,
        "Latency of the busy connections beside idle ones, 99% are faster";
    ParkingRatio, "parking_instruction_ratio", "ratio", Lower,
        "Instructions of a request on a busy connection with parking, in those without";
    ParkInstructions, "user_instructions_per_park_and_wake", "instructions", Lower,
        "Instructions in user space to park and wake a connection once";
    WakeInstructions, "user_instructions_per_wake", "instructions", Lower,
        "Instructions in user space of a request that wakes its connection, beyond those on a hot one";
    MiddlewareInstructions, "user_instructions_per_middleware", "instructions", Lower,
        "Instructions in user space, per middleware";
    MessageInstructions, "user_instructions_per_message", "instructions", Lower,
        "Instructions in user space, per message that comes back";
    KernelMessageInstructions, "kernel_instructions_per_message", "instructions", Lower,
        "Instructions in the kernel, per message that comes back";
    MessageCpuTime, "cpu_ns_per_message", "ns", Lower,
        "CPU time, per message that comes back";
    Messages, "messages_per_second", "messages/s", Higher,
        "Messages that come back, per second";
    MessageLatencyP50, "message_latency_p50_us", "us", Lower,
        "From the sending of a message until it comes back, median";
    MessageLatencyP99, "message_latency_p99_us", "us", Lower,
        "From the sending of a message until it comes back, 99% are faster";
    LookupRatio, "route_lookup_ratio", "ratio", Lower,
        "Route lookup with 1,000 routes, in lookups with 10";
    FileTimeRatio, "file_cpu_ratio", "ratio", Lower,
        "CPU time of a request for a file of 1 MiB, in nginx's";
    StartTime, "start_us", "us", Lower,
        "From the start of the program until it accepts connections";
    ConnectionsHeld, "connections_held", "connections", Higher,
        "Connections open at once, each answered";
    ConnectionsLost, "connections_lost", "connections", Lower,
        "Connections refused, reset, disturbed or not answered";
    ConnectsPerSecond, "connects_per_second", "connections/s", Higher,
        "Connections opened and answered per second";
    UserBytes, "user_bytes_per_connection", "bytes", Lower,
        "Private memory of the server, per connection";
    AddedBytes, "user_bytes_per_added_connection", "bytes", Lower,
        "Private memory of the server, per connection beyond the first third";
    FixedBytes, "fixed_bytes", "bytes", Lower,
        "Private memory of the server that does not grow with the connections";
    KernelBytes, "kernel_bytes_per_connection", "bytes", Lower,
        "Memory of the kernel for both ends, per connection";
    WakeLatency, "wake_latency_us", "us", Lower,
        "From a request on a connection at rest to its answer";
    OpenCpuTime, "server_cpu_us_per_connection", "us", Lower,
        "CPU time of the server to open, answer and rest, per connection";
    WakeCpuTime, "server_cpu_us_per_wake", "us", Lower,
        "CPU time of the server to wake, answer and rest, per connection";
    BytesAtTenMillion, "bytes_at_10_million_connections", "bytes", Lower,
        "Memory that 10 million connections would take at this rate";
}

impl Metric {
    pub(super) fn counts_instructions(self) -> bool {
        self.unit() == "instructions"
    }

    /// A figure as a person reads it: `12,345`, `1.07` for a ratio, `9.1 GB` for much memory.
    pub(super) fn format(self, value: f64) -> String {
        match self.unit() {
            "ratio" | "allocations" => format!("{value:.2}"),
            "bytes" if value.abs() >= GIGABYTE => format!("{:.1} GB", value / GIGABYTE),
            "%" => format!("{value:.1}"),
            "us" if value.abs() < 100.0 => format!("{value:.1}"),
            _ => thousands(value),
        }
    }
}

const GIGABYTE: f64 = 1e9;

/// A number with a comma before every three digits.
pub(super) fn thousands(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::from(if value.round() < 0.0 { "-" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_grouped_in_thousands() {
        let cases = [(0.4, "0"), (999.0, "999"), (1234.6, "1,235"), (-1e6, "-1,000,000")];
        for (value, expected) in cases {
            assert_eq!(Metric::Requests.format(value), expected);
        }
        assert_eq!(Metric::LookupRatio.format(1.066), "1.07");
        assert_eq!(Metric::UserBytes.format(12.34e9), "12.3 GB");
        assert_eq!(Metric::WakeLatency.format(9.87), "9.9");
    }

    #[test]
    fn no_two_metrics_have_one_name() {
        for (index, metric) in Metric::ALL.iter().enumerate() {
            let same = |other: &Metric| other.name() == metric.name();
            assert!(!Metric::ALL[index + 1..].iter().any(same), "{}", metric.name());
        }
    }
}
