//! Text inside of HTML and SVG.

use crate::bench::{against::Verdict, document::Record, metric::Metric, server::HIGHPER};

/// Text that is neither tag nor entity, whatever is in it; also within a quoted attribute.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The class that makes our own server stand out among others; nothing for a peer.
pub(super) fn own(server: &str) -> &'static str {
    if server.starts_with(HIGHPER) { " own" } else { "" }
}

/// A figure with its unit, where the figure does not say it.
pub(super) fn with_unit(metric: Metric, value: f64) -> String {
    let text = metric.format(value);
    match metric.unit() {
        "ratio" => text + "×",
        unit if text.ends_with("GB") || unit.is_empty() => text,
        "%" => text + "%",
        _ => format!("{text} {}", unit(metric)),
    }
}

/// From the smallest to the greatest of the rounds; nothing where they read the same.
pub(super) fn spread(metric: Metric, record: &Record) -> Option<String> {
    let (min, max) = (metric.format(record.min), metric.format(record.max));
    (min != max).then(|| format!("{min} – {max}"))
}

/// The unit as a person writes it.
pub(super) fn unit(metric: Metric) -> &'static str {
    if metric.unit() == "us" { "µs" } else { metric.unit() }
}

/// The class of a change.
pub(super) fn judged(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Better => "better",
        Verdict::Worse => "worse",
        Verdict::Same => "soft",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_written_can_become_markup() {
        let text = r#"<script>alert("x" & 'y')</script>"#;
        let expected = "&lt;script&gt;alert(&quot;x&quot; &amp; &#39;y&#39;)&lt;/script&gt;";
        assert_eq!(escape(text), expected);
    }

    #[test]
    fn a_figure_is_told_with_its_unit_once() {
        assert_eq!(with_unit(Metric::CpuTime, 1_234.0), "1,234 ns");
        assert_eq!(with_unit(Metric::UserBytes, 2.5e9), "2.5 GB");
        assert_eq!(with_unit(Metric::ParkingRatio, 1.0), "1.00×");
    }
}
