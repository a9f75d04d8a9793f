//! A metric's table: servers down, workloads across.

use super::text::{escape, judged, own, spread};
use crate::bench::{
    against::{Change, Earlier},
    document::{Figure, Record},
    metric::Metric,
};

pub(super) fn table(figure: &Figure<'_>, earlier: Option<&Earlier>) -> String {
    let workloads = figure.workloads();
    let heads: String =
        workloads.iter().map(|workload| format!("<th>{}</th>", escape(workload))).collect();
    let mut rows = String::new();
    for server in figure.servers() {
        let (class, name) = (own(server).trim(), escape(server));
        rows += &format!("<tr class=\"{class}\"><td>{name}</td>");
        for workload in &workloads {
            rows += &match figure.record(server, workload) {
                Some(record) => cell(figure.metric, record, earlier),
                None => "<td>–</td>".to_owned(),
            };
        }
        rows += "</tr>\n";
    }
    format!(
        "<div class=\"wide\"><table><thead><tr><th>server</th>{heads}</tr></thead>\n\
         <tbody>\n{rows}</tbody></table></div>\n"
    )
}

fn cell(metric: Metric, record: &Record, earlier: Option<&Earlier>) -> String {
    let spread = spread(metric, record).map(|spread| format!("<small>{spread}</small>"));
    let spread = spread.unwrap_or_default();
    let change = earlier.and_then(|earlier| Change::of(metric, record, earlier));
    let change = change.map(|change| {
        format!("<small class=\"{}\">{}</small>", judged(change.verdict), change.text())
    });
    format!("<td>{}{spread}{}</td>", metric.format(record.median), change.unwrap_or_default())
}
