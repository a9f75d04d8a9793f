//! Tables for a person, one for each metric with servers down and workloads across.

use comfy_table::{CellAlignment, Table, presets::ASCII_MARKDOWN};

use super::{
    document::{Document, Figure, Record, Section},
    instructions::Counter,
    metric::{Better, Metric},
};

/// What stands in a cell.
const SPREAD: &str = "median (minimum – maximum)";

/// Every metric that was measured, each table below its title; those with a single figure share
/// one.
pub(super) fn tables(document: &Document, counter: Option<Counter>) -> Vec<(String, Table)> {
    document.sections().iter().flat_map(|section| of_section(section, counter)).collect()
}

fn of_section(section: &Section<'_>, counter: Option<Counter>) -> Vec<(String, Table)> {
    let name = section.measurement.name();
    let (single, several): (Vec<&Figure<'_>>, Vec<&Figure<'_>>) =
        section.figures.iter().partition(|figure| figure.records.len() == 1);
    let title = |figure: &Figure<'_>| format!("{name}: {}", heading(figure.metric, counter));
    let mut tables: Vec<_> =
        several.into_iter().map(|figure| (title(figure), table(figure))).collect();
    if !single.is_empty() {
        tables.push((format!("{name}: figures by themselves\n{SPREAD}"), singles(&single)));
    }
    tables
}

fn heading(metric: Metric, counter: Option<Counter>) -> String {
    let counted = match counter {
        Some(counter) if metric.counts_instructions() => format!("\n{}", counter.caption()),
        _ => String::new(),
    };
    let (title, name, unit) = (metric.title(), metric.name(), metric.unit());
    let better = better(metric);
    format!("{title} ({name})\n{unit}, {SPREAD}; {better}{counted}")
}

/// Which way a figure should go.
pub(super) fn better(metric: Metric) -> &'static str {
    match metric.better() {
        Better::Lower => "lower is better",
        Better::Higher => "higher is better",
    }
}

fn table(figure: &Figure<'_>) -> Table {
    let workloads = figure.workloads();
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header(std::iter::once("server").chain(workloads.iter().copied()));
    for server in figure.servers() {
        let cells = workloads.iter().map(|workload| {
            let record = figure.record(server, workload);
            record.map_or_else(|| "–".to_owned(), |record| cell(figure.metric, record))
        });
        table.add_row(std::iter::once(server.to_owned()).chain(cells));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn singles(figures: &[&Figure<'_>]) -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header(["figure", "server", "workload", "value", "unit"]);
    for figure in figures {
        let metric = figure.metric;
        for record in &figure.records {
            let what = format!("{} ({})", metric.title(), metric.name());
            let Record { server, workload, .. } = record;
            table.add_row([&what, server, workload, &cell(metric, record), metric.unit()]);
        }
    }
    if let Some(column) = table.column_mut(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn cell(metric: Metric, record: &Record) -> String {
    let [median, min, max] =
        [record.median, record.min, record.max].map(|value| metric.format(value));
    if record.rounds == 1 { median } else { format!("{median} ({min} – {max})") }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::bench::samples::Samples;

    fn document(samples: &Samples) -> Document {
        let command = String::new();
        Document { machine: Value::Null, command, results: samples.records() }
    }

    #[test]
    fn a_table_has_a_row_for_each_server_and_a_dash_where_nothing_was_measured() {
        let mut samples = Samples::default();
        samples.add(Metric::CpuTime, "json", "axum", Some(4000.0));
        samples.add(Metric::CpuTime, "param", "axum", Some(4000.0));
        samples.add(Metric::CpuTime, "param", "axum", Some(6000.0));
        samples.add(Metric::CpuTime, "json", "epoll", Some(1000.0));
        let tables = tables(&document(&samples), None);
        assert_eq!(tables.len(), 1);
        let text = tables[0].1.to_string();
        assert!(text.contains("5,000 (4,000 – 6,000)"), "{text}");
        let last = text.lines().find(|line| line.contains("epoll")).unwrap();
        assert!(last.trim_end().ends_with("– |"), "{text}");
    }

    #[test]
    fn figures_by_themselves_share_a_table() {
        let mut samples = Samples::default();
        samples.add(Metric::LookupRatio, "param", "highper", Some(1.1));
        samples.add(Metric::MiddlewareInstructions, "plaintext", "highper", Some(90.0));
        let tables = tables(&document(&samples), None);
        assert_eq!(tables.len(), 1);
        assert_eq!(tables[0].1.row_count(), 2);
    }

    #[test]
    fn a_table_of_instructions_says_what_counted_them() {
        let heading = |metric| heading(metric, Some(Counter::Callgrind));
        assert!(heading(Metric::UserInstructions).contains("callgrind"));
        assert!(!heading(Metric::CpuTime).contains("callgrind"));
    }
}
