//! The page that `--html` writes: everything in one file, nothing fetched from anywhere.

mod bars;
mod lines;
mod tables;
mod text;

use serde_json::Value;

use self::text::{escape, judged, spread, unit, with_unit};
use super::{
    against::{Change, Earlier},
    document::{Document, Figure, Section},
    instructions::Counter,
    report::better,
};

const STYLE: &str = include_str!("style.css");

/// What is known of the machine, in the order of the page.
const FACTS: [(&str, &str); 8] = [
    ("cpu", "Processor"),
    ("cores", "Cores"),
    ("memory_bytes", "Memory"),
    ("kernel", "Kernel"),
    ("rustc", "Compiler"),
    ("commit", "Commit"),
    ("date", "Date"),
    ("instruction_counter", "Instructions counted by"),
];

/// The whole page.
pub(super) fn page(document: &Document, earlier: Option<&Earlier>) -> String {
    let sections = document.sections();
    let links: String = sections.iter().map(link).collect();
    let compared = earlier.map(|earlier| {
        let name = escape(&earlier.name);
        format!(
            "<p class=\"soft\">Changes are against {name}: green is better, red is worse, grey \
                 lies within a percent or within the rounds.</p>"
        )
    });
    let body: String = sections.iter().map(|one| section(one, document, earlier)).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Highper: benchmarks</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>Highper: benchmarks</h1>\n\
         <p class=\"soft\">Every figure is the median of its rounds, with the smallest and the \
         greatest beside it.</p>\n<nav>{links}</nav>\n{facts}{repeat}{compared}{body}\
         <footer>Written by <code>cargo xtask bench</code>; <code>benches/README.md</code> explains \
         every figure and how it is taken.</footer>\n</main>\n</body>\n</html>\n",
        facts = facts(&document.machine),
        repeat = repeat(document),
        compared = compared.unwrap_or_default(),
    )
}

fn link(section: &Section<'_>) -> String {
    let (name, title) = (section.measurement.name(), section.measurement.title());
    format!("<a href=\"#{name}\">{title}</a>")
}

fn facts(machine: &Value) -> String {
    let known = FACTS.iter().filter_map(|(field, name)| {
        let text = match &machine[field] {
            Value::Null => return None,
            Value::String(text) => text.clone(),
            Value::Number(bytes) if *field == "memory_bytes" => {
                format!("{:.1} GB", bytes.as_f64()? / 1e9)
            }
            other => other.to_string(),
        };
        Some(format!("<div><dt>{name}</dt><dd>{}</dd></div>", escape(&text)))
    });
    format!("<dl class=\"facts\">{}</dl>\n", known.collect::<String>())
}

fn repeat(document: &Document) -> String {
    if document.command.is_empty() {
        return String::new();
    }
    let commit = document.machine["commit"].as_str().map(|commit| {
        // A commit with changes beside it cannot be fetched as it was.
        let commit = commit.trim_end_matches("-dirty");
        format!("git checkout {commit}\n")
    });
    let commands = commit.unwrap_or_default() + &document.command;
    format!("<p>To repeat it:</p>\n<pre>{}</pre>\n", escape(&commands))
}

fn section(section: &Section<'_>, document: &Document, earlier: Option<&Earlier>) -> String {
    let measurement = section.measurement;
    let (name, title, about) = (measurement.name(), measurement.title(), measurement.about());
    let (single, several): (Vec<&Figure<'_>>, Vec<&Figure<'_>>) =
        section.figures.iter().partition(|figure| figure.records.len() == 1);
    let numbers: String = single.iter().map(|figure| number(figure, earlier)).collect();
    let numbers = if numbers.is_empty() {
        numbers
    } else {
        format!("<div class=\"numbers\">{numbers}</div>\n")
    };
    let cards: String = several.iter().map(|figure| card(figure, document, earlier)).collect();
    format!("<h2 id=\"{name}\">{title}</h2>\n<p class=\"soft\">{about}</p>\n{numbers}{cards}")
}

/// A figure by itself.
fn number(figure: &Figure<'_>, earlier: Option<&Earlier>) -> String {
    let Some(record) = figure.records.first() else { return String::new() };
    let (metric, title) = (figure.metric, escape(figure.metric.title()));
    let value = with_unit(metric, record.median);
    let (value, unit) = value.split_once(' ').unwrap_or((&value, ""));
    let spread = spread(metric, record).map(|spread| format!("<span>{spread}</span>"));
    let spread = spread.unwrap_or_default();
    let change = earlier.and_then(|earlier| Change::of(metric, record, earlier));
    let change = change.map(|change| {
        format!("<span class=\"{}\">{}</span>", judged(change.verdict), change.text())
    });
    let change = change.unwrap_or_default();
    format!(
        "<div class=\"number\"><b>{value} <small>{unit}</small></b><span>{title}</span>\
         {spread}{change}</div>"
    )
}

/// A metric with its charts and its table.
fn card(figure: &Figure<'_>, document: &Document, earlier: Option<&Earlier>) -> String {
    let metric = figure.metric;
    let counter = document.machine["instruction_counter"].as_str().and_then(Counter::find);
    let counted = match counter {
        Some(counter) if metric.counts_instructions() => format!("; {}", counter.caption()),
        _ => String::new(),
    };
    let charts = if figure.is_line() {
        lines::chart(figure)
    } else {
        format!("<div class=\"charts\">{}</div>", bars::charts(figure))
    };
    format!(
        "<div class=\"card\"><h3>{}</h3>\n<div class=\"soft\">{}, {}; <code>{}</code>{counted}</div>\n\
         {charts}{}</div>\n",
        escape(metric.title()),
        unit(metric),
        better(metric),
        metric.name(),
        tables::table(figure, earlier),
    )
}
