//! What came of a crowd, as figures.

use highper_load::{CrowdEvent, Latency, LatencyCounts};

use crate::{
    Outcome,
    bench::{metric::Metric, session::Session},
};

/// The name of this measurement in tables and JSON.
const WORKLOAD: &str = "c10m";

/// What the line is drawn to.
const TEN_MILLION: f64 = 1e7;

/// Sums over all processes.
#[derive(Default)]
pub(super) struct Crowded {
    held: usize,
    /// Not opened, or not answered.
    lost: usize,
    woken: usize,
    /// Closed by the server, or written to, while nobody asked.
    disturbed: usize,
    latencies: Vec<LatencyCounts>,
    failure: Option<String>,
    /// Connections that the kernel turned away; their clients tried again.
    pub(super) dropped: u64,
    pub(super) open_seconds: f64,
    /// By how much the servers' private memory grew.
    pub(super) user_bytes: u64,
    /// By how much the kernel's grew, for both ends.
    pub(super) kernel_bytes: u64,
    pub(super) open_cpu_ns: u64,
    pub(super) wake_cpu_ns: u64,
}

impl Crowded {
    pub(super) fn count(&mut self, answers: &[CrowdEvent]) {
        for answer in answers {
            match answer {
                CrowdEvent::Opened(report) => {
                    self.held += report.held;
                    self.lose(report.lost, report.failure.as_ref());
                }
                CrowdEvent::Woken(report) => {
                    self.woken += report.woken;
                    self.latencies.push(report.latency.clone());
                    self.lose(report.lost, report.failure.as_ref());
                }
                CrowdEvent::Released(report) => self.disturbed += report.disturbed,
                CrowdEvent::Progress(_) => {}
            }
        }
    }

    fn lose(&mut self, connections: usize, reason: Option<&String>) {
        self.lost += connections;
        self.failure = self.failure.take().or_else(|| reason.cloned());
    }

    fn failures(&self) -> u64 {
        (self.lost + self.disturbed) as u64 + self.dropped
    }

    /// Adds every figure; connections that were lost are a failure as well.
    pub(super) fn add_to(&self, session: &mut Session<'_>, server: &str) -> Outcome {
        let held = self.held.max(1) as f64;
        let each = |total: u64| total as f64 / held;
        let mut add = |metric, workload: &str, value: f64| {
            session.samples.add(metric, workload, server, Some(value));
        };
        add(Metric::ConnectionsHeld, WORKLOAD, self.held as f64);
        add(Metric::ConnectionsLost, WORKLOAD, self.failures() as f64);
        add(Metric::ConnectsPerSecond, WORKLOAD, self.held as f64 / self.open_seconds);
        add(Metric::UserBytes, WORKLOAD, each(self.user_bytes));
        add(Metric::KernelBytes, WORKLOAD, each(self.kernel_bytes));
        add(Metric::OpenCpuTime, WORKLOAD, each(self.open_cpu_ns) / 1e3);
        if self.woken > 0 {
            add(Metric::WakeCpuTime, WORKLOAD, self.wake_cpu_ns as f64 / self.woken as f64 / 1e3);
            let latency = Latency::merge(&self.latencies)?;
            for (quantile, value) in
                [("p50", latency.p50_us), ("p99", latency.p99_us), ("max", latency.max_us)]
            {
                add(Metric::WakeLatency, quantile, value);
            }
        }
        for (part, bytes) in ten_million(each(self.user_bytes), each(self.kernel_bytes)) {
            add(Metric::BytesAtTenMillion, part, bytes);
        }
        if self.failures() > 0 {
            session.fail(server, Some(WORKLOAD), self.describe());
        }
        Ok(())
    }

    fn describe(&self) -> String {
        let Self { lost, disturbed, dropped, .. } = self;
        let first =
            self.failure.as_ref().map(|first| format!("; first: {first}")).unwrap_or_default();
        format!(
            "{lost} connections lost, {disturbed} disturbed at rest, {dropped} dropped by the \
             kernel and tried again{first}"
        )
    }
}

/// The memory of so many connections, if each more costs what each of these did. The two ends of a
/// connection are alike in the kernel, so the server's is half.
fn ten_million(user: f64, kernel: f64) -> [(&'static str, f64); 5] {
    [
        ("user", user),
        ("kernel, server", kernel / 2.0),
        ("kernel, both ends", kernel),
        ("server, all", user + kernel / 2.0),
        ("both ends, all", user + kernel),
    ]
    .map(|(part, bytes)| (part, bytes * TEN_MILLION))
}

#[cfg(test)]
mod tests {
    use highper_load::{OpenedReport, ReleasedReport, WokenReport};

    use super::*;

    #[test]
    fn the_processes_reports_are_summed_and_every_kind_of_loss_counts() {
        let opened = |held, lost, failure: Option<&str>| {
            let failure = failure.map(str::to_owned);
            CrowdEvent::Opened(OpenedReport { held, lost, seconds: 1.0, failure })
        };
        let mut crowded = Crowded { dropped: 4, ..Crowded::default() };
        crowded.count(&[opened(10, 0, None), opened(9, 1, Some("refused"))]);
        let latency = LatencyCounts(vec![(1_000, 18)]);
        crowded.count(&[CrowdEvent::Woken(WokenReport {
            woken: 18,
            lost: 1,
            seconds: 1.0,
            latency,
            failure: Some("closed".into()),
        })]);
        crowded.count(&[CrowdEvent::Released(ReleasedReport { disturbed: 2 })]);
        assert_eq!((crowded.held, crowded.woken, crowded.failures()), (19, 18, 8));
        assert!(crowded.describe().ends_with("first: refused"), "{}", crowded.describe());
    }

    #[test]
    fn the_line_to_ten_million_splits_the_kernel_between_the_ends() {
        let line = ten_million(100.0, 5_000.0);
        assert_eq!(line[1], ("kernel, server", 25e9));
        assert_eq!(line[3], ("server, all", 26e9));
        assert_eq!(line[4], ("both ends, all", 51e9));
    }
}
