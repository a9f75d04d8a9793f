//! Everything that a run found out: the file that `--json` writes and `--against` reads, and the
//! order in which it is shown.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{measurement::Measurement, metric::Metric};
use crate::Outcome;

/// The file.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Document {
    pub(super) machine: Value,
    /// What was typed, without where to write. Older files lack it.
    #[serde(default)]
    pub(super) command: String,
    pub(super) results: Vec<Record>,
}

/// One figure over all rounds.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct Record {
    /// Older files lack it.
    #[serde(default)]
    pub(super) measurement: String,
    pub(super) metric: String,
    pub(super) workload: String,
    pub(super) server: String,
    /// Where it stands on an axis: a rate, a load, a number of connections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<f64>,
    pub(super) median: f64,
    pub(super) min: f64,
    pub(super) max: f64,
    pub(super) rounds: usize,
    pub(super) unit: String,
}

/// What one measurement found.
pub(super) struct Section<'a> {
    pub(super) measurement: Measurement,
    pub(super) figures: Vec<Figure<'a>>,
}

/// One metric: servers down, workloads across.
pub(super) struct Figure<'a> {
    pub(super) metric: Metric,
    pub(super) records: Vec<&'a Record>,
}

impl Document {
    /// # Errors
    ///
    /// The file cannot be read, or is no outcome of a benchmark.
    pub(super) fn read(file: &Path) -> Outcome<Self> {
        let name = file.display();
        let text = fs::read(file).map_err(|error| format!("cannot read {name}: {error}"))?;
        let document = serde_json::from_slice(&text);
        Ok(document.map_err(|error| format!("{name} was not written by `--json`: {error}"))?)
    }

    /// The measurements that were made, with their metrics.
    pub(super) fn sections(&self) -> Vec<Section<'_>> {
        let all = Measurement::ALL.into_iter();
        let sections = all.map(|measurement| Section {
            measurement,
            figures: Metric::ALL.iter().filter_map(|m| self.figure(measurement, *m)).collect(),
        });
        sections.filter(|section| !section.figures.is_empty()).collect()
    }

    fn figure(&self, measurement: Measurement, metric: Metric) -> Option<Figure<'_>> {
        let of_both = |record: &&Record| {
            Measurement::find(&record.measurement) == Some(measurement)
                && record.metric == metric.name()
        };
        let records: Vec<&Record> = self.results.iter().filter(of_both).collect();
        (!records.is_empty()).then_some(Figure { metric, records })
    }
}

impl<'a> Figure<'a> {
    pub(super) fn servers(&self) -> Vec<&'a str> {
        distinct(self.records.iter().map(|record| record.server.as_str()))
    }

    pub(super) fn workloads(&self) -> Vec<&'a str> {
        distinct(self.records.iter().map(|record| record.workload.as_str()))
    }

    pub(super) fn record(&self, server: &str, workload: &str) -> Option<&'a Record> {
        let found = |record: &&&Record| record.server == server && record.workload == workload;
        self.records.iter().find(found).copied()
    }

    /// Whether every figure stands on an axis, and there are enough for a line.
    pub(super) fn is_line(&self) -> bool {
        self.records.iter().all(|record| record.at.is_some()) && self.workloads().len() > 1
    }
}

/// In the order of their first appearance.
fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut distinct = Vec::new();
    for name in names {
        if !distinct.contains(&name) {
            distinct.push(name);
        }
    }
    distinct
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A record of one round.
    pub(in crate::bench) fn record(
        metric: Metric,
        workload: &str,
        server: &str,
        median: f64,
    ) -> Record {
        Record {
            measurement: "throughput".into(),
            metric: metric.name().into(),
            workload: workload.into(),
            server: server.into(),
            at: None,
            median,
            min: median,
            max: median,
            rounds: 1,
            unit: metric.unit().into(),
        }
    }

    #[test]
    fn records_are_grouped_by_measurement_and_metric_in_the_order_of_a_report() {
        let mut late = record(Metric::UserBytes, "idle_new", "axum", 1.0);
        late.measurement = "memory".into();
        let results = vec![
            record(Metric::Requests, "json", "axum", 1.0),
            record(Metric::CpuTime, "json", "axum", 1.0),
            record(Metric::Requests, "json", "epoll", 1.0),
            late,
        ];
        let document = Document { machine: Value::Null, command: String::new(), results };
        let sections = document.sections();
        assert_eq!(sections[0].measurement, Measurement::Memory);
        let metrics: Vec<Metric> = sections[1].figures.iter().map(|f| f.metric).collect();
        assert_eq!(metrics, [Metric::CpuTime, Metric::Requests]);
        assert_eq!(sections[1].figures[1].servers(), ["axum", "epoll"]);
    }

    #[test]
    fn a_file_of_an_earlier_form_is_still_read() {
        let text = r#"{"machine": {}, "results": [{"metric": "requests_per_second",
            "workload": "json", "server": "axum", "median": 1.0, "min": 1.0, "max": 1.0,
            "rounds": 1, "unit": "requests/s"}]}"#;
        let document: Document = serde_json::from_str(text).unwrap();
        assert_eq!(document.results[0].measurement, "");
    }
}
