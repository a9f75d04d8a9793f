//! Comparing with an earlier run.

use std::path::Path;

use comfy_table::{CellAlignment, Table, presets::ASCII_MARKDOWN};

use super::{
    document::{Document, Record},
    metric::{Better, Metric},
};
use crate::{
    Outcome,
    console::{Ink, paint_output},
};

/// Smaller differences are called none.
const LEAST_PERCENT: f64 = 1.0;

/// An earlier run, and what to call it: its file, commit and date.
#[derive(Debug)]
pub(super) struct Earlier {
    results: Vec<Record>,
    pub(super) name: String,
}

/// How a figure has changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Change {
    /// Of the earlier median.
    pub(super) percent: f64,
    pub(super) verdict: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Better,
    Worse,
    /// Less than a percent, or the rounds of both runs overlap.
    Same,
}

impl Change {
    /// None where the earlier run lacks the figure, or it was 0.
    pub(super) fn of(metric: Metric, now: &Record, earlier: &Earlier) -> Option<Self> {
        let before = earlier.results.iter().find(|record| is_same(record, now))?;
        if before.median == 0.0 {
            return None;
        }
        let percent = (now.median - before.median) / before.median.abs() * 100.0;
        let overlap = now.min <= before.max && before.min <= now.max;
        let grown = percent > 0.0;
        let verdict = if overlap || percent.abs() < LEAST_PERCENT {
            Verdict::Same
        } else if grown == (metric.better() == Better::Higher) {
            Verdict::Better
        } else {
            Verdict::Worse
        };
        Some(Self { percent, verdict })
    }

    /// `+3.2%`
    pub(super) fn text(self) -> String {
        format!("{:+.1}%", self.percent)
    }
}

/// Every figure that both have, as a table whose rows are green where it is better and red where
/// it is worse.
pub(super) fn table(now: &Document, earlier: &Earlier) -> String {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header(["metric", "workload", "server", "before", "now", "change"]);
    let mut inks = Vec::new();
    for section in now.sections() {
        for figure in &section.figures {
            for record in &figure.records {
                let metric = figure.metric;
                let Some(change) = Change::of(metric, record, earlier) else { continue };
                let before = record.median / (1.0 + change.percent / 100.0);
                let [before, median] = [before, record.median].map(|value| metric.format(value));
                let Record { workload, server, .. } = record;
                let (name, change_text) = (metric.name(), change.text());
                table.add_row([name, workload, server, &before, &median, &change_text]);
                inks.push(change.verdict.ink());
            }
        }
    }
    for column in table.column_iter_mut().skip(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    coloured(&table.to_string(), &inks)
}

impl Earlier {
    /// # Errors
    ///
    /// The file cannot be read, or was not written by `--json`.
    pub(super) fn read(file: &Path) -> Outcome<Self> {
        let Document { machine, results, .. } = Document::read(file)?;
        let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
        let name = match ["commit", "date"].map(|field| machine[field].as_str()) {
            [Some(commit), Some(date)] => format!("{name} ({commit}, {date})"),
            _ => name.into_owned(),
        };
        Ok(Self { results, name })
    }
}

impl Verdict {
    fn ink(self) -> Ink {
        match self {
            Self::Better => Ink::Green,
            Self::Worse => Ink::Red,
            Self::Same => Ink::Dim,
        }
    }
}

/// Colours the rows below the two lines of the head.
fn coloured(table: &str, inks: &[Ink]) -> String {
    let lines = table.lines().enumerate().map(|(index, line)| {
        let ink = index.checked_sub(2).and_then(|row| inks.get(row));
        ink.map_or_else(|| line.to_owned(), |ink| paint_output(*ink, line))
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn is_same(before: &Record, now: &Record) -> bool {
    let measured_alike = before.measurement.is_empty() || before.measurement == now.measurement;
    measured_alike
        && before.metric == now.metric
        && before.workload == now.workload
        && before.server == now.server
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::document::tests::record;

    fn earlier(median: f64, spread: f64, metric: Metric) -> Earlier {
        let mut before = record(metric, "json", "axum", median);
        (before.min, before.max) = (median - spread, median + spread);
        Earlier { results: vec![before], name: "before".into() }
    }

    fn verdict(metric: Metric, before: f64, spread: f64, now: f64) -> Verdict {
        let now = record(metric, "json", "axum", now);
        Change::of(metric, &now, &earlier(before, spread, metric)).unwrap().verdict
    }

    #[test]
    fn more_is_better_or_worse_as_the_metric_has_it() {
        assert_eq!(verdict(Metric::Requests, 100.0, 0.0, 120.0), Verdict::Better);
        assert_eq!(verdict(Metric::Requests, 100.0, 0.0, 80.0), Verdict::Worse);
        assert_eq!(verdict(Metric::CpuTime, 100.0, 0.0, 120.0), Verdict::Worse);
        assert_eq!(verdict(Metric::CpuTime, 100.0, 0.0, 80.0), Verdict::Better);
    }

    #[test]
    fn what_lies_within_the_rounds_or_a_percent_is_the_same() {
        assert_eq!(verdict(Metric::CpuTime, 100.0, 25.0, 120.0), Verdict::Same);
        assert_eq!(verdict(Metric::CpuTime, 100.0, 0.0, 100.9), Verdict::Same);
    }

    #[test]
    fn the_change_is_told_in_percent_of_what_was() {
        let now = record(Metric::CpuTime, "json", "axum", 103.25);
        let change = Change::of(Metric::CpuTime, &now, &earlier(100.0, 0.0, Metric::CpuTime));
        assert_eq!(change.unwrap().text(), "+3.2%");
        let other = record(Metric::CpuTime, "json", "ntex", 1.0);
        assert_eq!(Change::of(Metric::CpuTime, &other, &earlier(1.0, 0.0, Metric::CpuTime)), None);
        let nothing = earlier(0.0, 0.0, Metric::CpuTime);
        assert_eq!(Change::of(Metric::CpuTime, &now, &nothing), None);
    }
}
