//! Tables for a person, one for each metric with servers down and workloads across; JSON for a
//! program.

use comfy_table::{CellAlignment, Table, presets::ASCII_MARKDOWN};
use serde::Serialize;
use serde_json::Value;

use super::{
    instructions::Counter,
    metric::{Better, Metric},
    samples::{Samples, Series, Summary},
};
use crate::Outcome;

/// The file that `--json` names.
pub(super) fn document(machine: Value, samples: &Samples) -> Outcome<String> {
    #[derive(Serialize)]
    struct Document<'a> {
        machine: Value,
        results: Vec<Summary<'a>>,
    }
    let document = Document { machine, results: samples.summaries() };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// Every metric that was measured, with its title; those with a single figure share a table.
pub(super) fn tables(samples: &Samples, counter: Option<Counter>) -> Vec<(String, Table)> {
    let count = |metric: &Metric| samples.of(*metric).count();
    let (single, several): (Vec<Metric>, Vec<Metric>) =
        Metric::ALL.iter().filter(|metric| count(metric) > 0).partition(|m| count(m) == 1);
    let mut tables: Vec<(String, Table)> = several
        .into_iter()
        .map(|metric| (heading(metric, counter), table(samples, metric)))
        .collect();
    if !single.is_empty() {
        tables.push((format!("Figures by themselves: {SPREAD}"), singles(samples, &single)));
    }
    tables
}

/// What stands in a cell.
const SPREAD: &str = "median (minimum – maximum)";

fn heading(metric: Metric, counter: Option<Counter>) -> String {
    let counted = match counter {
        Some(counter) if metric.counts_instructions() => format!("\n{}", counter.caption()),
        _ => String::new(),
    };
    let (title, name, unit) = (metric.title(), metric.name(), metric.unit());
    let better = match metric.better() {
        Better::Lower => "lower",
        Better::Higher => "higher",
    };
    format!("{title} ({name})\n{unit}, {SPREAD}; {better} is better{counted}")
}

fn singles(samples: &Samples, metrics: &[Metric]) -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header(["figure", "server", "workload", "value", "unit"]);
    for metric in metrics {
        for series in samples.of(*metric) {
            let what = format!("{} ({})", metric.title(), metric.name());
            let value = cell(series);
            table.add_row([&what, &series.server, &series.workload, &value, metric.unit()]);
        }
    }
    if let Some(column) = table.column_mut(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn table(samples: &Samples, metric: Metric) -> Table {
    let workloads = distinct(samples.of(metric).map(|series| series.workload.as_str()));
    let servers = distinct(samples.of(metric).map(|series| series.server.as_str()));
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header(std::iter::once("server").chain(workloads.iter().copied()));
    for server in servers {
        let cells = workloads.iter().map(|workload| {
            samples
                .of(metric)
                .find(|series| series.server == server && series.workload == *workload)
                .map_or_else(|| "–".to_owned(), cell)
        });
        table.add_row(std::iter::once(server.to_owned()).chain(cells));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn cell(series: &Series) -> String {
    let text = |value| series.metric.format(value);
    if series.rounds() == 1 {
        return text(series.median());
    }
    format!("{} ({} – {})", text(series.median()), text(series.min()), text(series.max()))
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
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_row_for_each_server_and_a_dash_where_nothing_was_measured() {
        let mut samples = Samples::default();
        samples.add(Metric::CpuTime, "json", "axum", Some(4000.0));
        samples.add(Metric::CpuTime, "param", "axum", Some(4000.0));
        samples.add(Metric::CpuTime, "param", "axum", Some(6000.0));
        samples.add(Metric::CpuTime, "json", "epoll", Some(1000.0));
        let tables = tables(&samples, None);
        assert_eq!(tables.len(), 1);
        let text = tables[0].1.to_string();
        assert!(text.contains("5,000 (4,000 – 6,000)"), "{text}");
        let last = text.lines().find(|line| line.contains("epoll")).unwrap();
        assert!(last.trim_end().ends_with("– |"), "{text}");
    }

    #[test]
    fn a_table_of_instructions_says_what_counted_them() {
        let heading = |metric| heading(metric, Some(Counter::Callgrind));
        assert!(heading(Metric::UserInstructions).contains("callgrind"));
        assert!(!heading(Metric::CpuTime).contains("callgrind"));
    }
}
