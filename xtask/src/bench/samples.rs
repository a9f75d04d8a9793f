//! Every figure taken, one for each round, and what sums them up.

use super::{document::Record, measurement::Measurement, metric::Metric};

/// All series, in the order in which they were begun.
#[derive(Default)]
pub(super) struct Samples {
    series: Vec<Series>,
    /// What figures added now belong to.
    measurement: Measurement,
}

/// The figures of one metric, workload and server, in the order of the rounds.
struct Series {
    measurement: Measurement,
    metric: Metric,
    workload: String,
    server: String,
    /// Where the figure stands on the axis of its measurement, if it has one: a rate, a load.
    at: Option<f64>,
    values: Vec<f64>,
}

impl Samples {
    /// What is added from now on belongs to this measurement.
    pub(super) fn begin(&mut self, measurement: Measurement) {
        self.measurement = measurement;
    }

    pub(super) fn add(&mut self, metric: Metric, workload: &str, server: &str, value: Option<f64>) {
        self.add_at(metric, workload, server, None, value);
    }

    /// The same for a figure of a line: its workload is named after where it stands.
    pub(super) fn add_at(
        &mut self,
        metric: Metric,
        workload: &str,
        server: &str,
        at: Option<f64>,
        value: Option<f64>,
    ) {
        let Some(value) = value else { return };
        let measurement = self.measurement;
        let same = |series: &&mut Series| series.is(measurement, metric, workload, server);
        match self.series.iter_mut().find(same) {
            Some(series) => series.values.push(value),
            None => {
                let (workload, server) = (workload.to_owned(), server.to_owned());
                let values = vec![value];
                self.series.push(Series { measurement, metric, workload, server, at, values });
            }
        }
    }

    /// The figures of each round of the measurement in work; none where nothing was measured.
    pub(super) fn values(&self, metric: Metric, workload: &str, server: &str) -> &[f64] {
        self.series
            .iter()
            .find(|series| series.is(self.measurement, metric, workload, server))
            .map_or(&[], |series| &series.values)
    }

    /// Every series in short.
    pub(super) fn records(&self) -> Vec<Record> {
        self.series.iter().map(Series::record).collect()
    }
}

impl Series {
    fn is(&self, measurement: Measurement, metric: Metric, workload: &str, server: &str) -> bool {
        self.measurement == measurement
            && self.metric == metric
            && self.workload == workload
            && self.server == server
    }

    fn median(&self) -> f64 {
        let mut sorted = self.values.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        if sorted.len().is_multiple_of(2) {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        } else {
            sorted[middle]
        }
    }

    fn record(&self) -> Record {
        Record {
            measurement: self.measurement.name().into(),
            metric: self.metric.name().into(),
            workload: self.workload.clone(),
            server: self.server.clone(),
            at: self.at,
            median: self.median(),
            min: self.values.iter().copied().fold(f64::INFINITY, f64::min),
            max: self.values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            rounds: self.values.len(),
            unit: self.metric.unit().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_are_summed_up_as_median_minimum_and_maximum() {
        let mut samples = Samples::default();
        for value in [Some(4.0), Some(1.0), None, Some(2.0)] {
            samples.add(Metric::Requests, "json", "axum", value);
        }
        samples.add(Metric::Requests, "json", "ntex", Some(9.0));
        let expected = Record {
            measurement: "throughput".into(),
            metric: "requests_per_second".into(),
            workload: "json".into(),
            server: "axum".into(),
            at: None,
            median: 2.0,
            min: 1.0,
            max: 4.0,
            rounds: 3,
            unit: "requests/s".into(),
        };
        assert_eq!(samples.records()[0], expected);
        samples.add(Metric::Requests, "json", "axum", Some(4.0));
        assert!((samples.records()[0].median - 3.0).abs() < f64::EPSILON);
        assert_eq!(samples.values(Metric::Requests, "json", "axum"), [4.0, 1.0, 2.0, 4.0]);
    }

    #[test]
    fn figures_of_two_measurements_stay_apart() {
        let mut samples = Samples::default();
        samples.add(Metric::CpuTime, "plaintext", "highper", Some(1.0));
        samples.begin(Measurement::Middleware);
        samples.add(Metric::CpuTime, "plaintext", "highper", Some(2.0));
        assert_eq!(samples.values(Metric::CpuTime, "plaintext", "highper"), [2.0]);
        assert_eq!(samples.records().len(), 2);
    }
}
