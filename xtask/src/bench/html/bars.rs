//! Horizontal bars: one chart for each workload, one bar for each server.

use super::text::{escape, own};
use crate::bench::document::{Figure, Record};

const WIDTH: f64 = 520.0;
const NAMES: f64 = 160.0;
const VALUES: f64 = 90.0;
const ROW: f64 = 24.0;
const BAR: f64 = 15.0;

/// The charts of a metric. Where there is one server only, its workloads are the bars.
pub(super) fn charts(figure: &Figure<'_>) -> String {
    let servers = figure.servers();
    let of = |servers: &[&str], workloads: &[&str]| -> Vec<&Record> {
        let pairs = servers.iter().flat_map(|s| workloads.iter().map(move |w| (*s, *w)));
        pairs.filter_map(|(server, workload)| figure.record(server, workload)).collect()
    };
    if let [server] = servers[..] {
        let records = of(&[server], &figure.workloads());
        return chart(figure, server, &records, |record| &record.workload);
    }
    let charts = figure.workloads().into_iter().map(|workload| {
        chart(figure, workload, &of(&servers, &[workload]), |record| &record.server)
    });
    charts.collect()
}

fn chart(
    figure: &Figure<'_>,
    caption: &str,
    records: &[&Record],
    name: impl Fn(&Record) -> &str,
) -> String {
    let longest = records.iter().map(|record| record.max).fold(f64::MIN_POSITIVE, f64::max);
    let scale = |value: f64| (value.max(0.0) / longest) * (WIDTH - NAMES - VALUES);
    let height = ROW * records.len() as f64;
    let caption = escape(caption);
    let mut svg = format!(
        "<figure><figcaption>{caption}</figcaption>\
         <svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}, {caption}\">\n",
        escape(figure.metric.title())
    );
    for (row, record) in records.iter().enumerate() {
        let middle = ROW * row as f64 + ROW / 2.0;
        let (own, label) = (own(&record.server), escape(name(record)));
        let (length, top) = (scale(record.median).max(1.0), middle - BAR / 2.0);
        let value = figure.metric.format(record.median);
        let spread = spread(record, middle, scale);
        let text = NAMES - 10.0;
        let after = NAMES + scale(record.max).max(length) + 8.0;
        svg += &format!(
            "<text class=\"{own}\" x=\"{text}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>\
             <rect class=\"bar{own}\" x=\"{NAMES}\" y=\"{top:.1}\" width=\"{length:.1}\" \
             height=\"{BAR}\" rx=\"2\"/>{spread}\
             <text class=\"soft{own}\" x=\"{after:.1}\" y=\"{:.1}\">{value}</text>\n",
            middle + 4.0,
            middle + 4.0
        );
    }
    svg + "</svg></figure>\n"
}

/// A line from the smallest to the greatest of the rounds.
fn spread(record: &Record, middle: f64, scale: impl Fn(f64) -> f64) -> String {
    let (from, to) = (NAMES + scale(record.min), NAMES + scale(record.max));
    if to - from < 1.0 {
        return String::new();
    }
    format!(
        "<line class=\"spread\" x1=\"{from:.1}\" x2=\"{to:.1}\" y1=\"{middle:.1}\" \
         y2=\"{middle:.1}\"/>"
    )
}
