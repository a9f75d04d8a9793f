//! Every figure taken, one for each round, and what sums them up.

use serde::Serialize;

use super::metric::Metric;

/// The figures of one metric, workload and server, in the order of the rounds.
pub(super) struct Series {
    pub(super) metric: Metric,
    pub(super) workload: String,
    pub(super) server: String,
    /// Where the figure stands on the axis of its measurement, if it has one: a rate, a load.
    pub(super) at: Option<f64>,
    values: Vec<f64>,
}

/// A series in short: one element of the JSON's `results`.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Summary<'a> {
    metric: &'static str,
    workload: &'a str,
    server: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<f64>,
    median: f64,
    min: f64,
    max: f64,
    rounds: usize,
    unit: &'static str,
}

/// All series, in the order in which they were begun.
#[derive(Default)]
pub(super) struct Samples {
    series: Vec<Series>,
}

impl Samples {
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
        let same = |series: &&mut Series| {
            series.metric == metric && series.workload == workload && series.server == server
        };
        match self.series.iter_mut().find(same) {
            Some(series) => series.values.push(value),
            None => {
                let (workload, server) = (workload.to_owned(), server.to_owned());
                self.series.push(Series { metric, workload, server, at, values: vec![value] });
            }
        }
    }

    pub(super) fn of(&self, metric: Metric) -> impl Iterator<Item = &Series> {
        self.series.iter().filter(move |series| series.metric == metric)
    }

    /// The figures of each round; none where nothing was measured.
    pub(super) fn values(&self, metric: Metric, workload: &str, server: &str) -> &[f64] {
        self.of(metric)
            .find(|series| series.workload == workload && series.server == server)
            .map_or(&[], |series| &series.values)
    }

    /// Every series in short, metric by metric.
    pub(super) fn summaries(&self) -> Vec<Summary<'_>> {
        let of_metric = |metric| self.of(metric).map(Series::summary);
        Metric::ALL.iter().copied().flat_map(of_metric).collect()
    }
}

impl Series {
    pub(super) fn median(&self) -> f64 {
        let sorted = self.sorted();
        let middle = sorted.len() / 2;
        if sorted.len().is_multiple_of(2) {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        } else {
            sorted[middle]
        }
    }

    pub(super) fn min(&self) -> f64 {
        self.values.iter().copied().fold(f64::INFINITY, f64::min)
    }

    pub(super) fn max(&self) -> f64 {
        self.values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }

    pub(super) fn rounds(&self) -> usize {
        self.values.len()
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.values.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }

    fn summary(&self) -> Summary<'_> {
        Summary {
            metric: self.metric.name(),
            workload: &self.workload,
            server: &self.server,
            at: self.at,
            median: self.median(),
            min: self.min(),
            max: self.max(),
            rounds: self.rounds(),
            unit: self.metric.unit(),
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
        let expected = Summary {
            metric: "requests_per_second",
            workload: "json",
            server: "axum",
            at: None,
            median: 2.0,
            min: 1.0,
            max: 4.0,
            rounds: 3,
            unit: "requests/s",
        };
        assert_eq!(samples.summaries()[0], expected);
        samples.add(Metric::Requests, "json", "axum", Some(4.0));
        assert!((samples.summaries()[0].median - 3.0).abs() < f64::EPSILON);
        assert_eq!(samples.values(Metric::Requests, "json", "axum"), [4.0, 1.0, 2.0, 4.0]);
    }
}
