//! Lines over an axis: latency by rate, CPU by load, throughput by connections.

use super::text::{escape, own, with_unit};
use crate::bench::{
    document::{Figure, Record},
    metric::{Metric, thousands},
};

const WIDTH: f64 = 1040.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 76.0;
const RIGHT: f64 = 40.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 30.0;

/// Colours that the style sheet has.
const COLOURS: usize = 10;

/// From this ratio of the greatest to the smallest figure on, steps are tenfold.
const TENFOLD: f64 = 30.0;

/// The chart of a metric, with its legend.
pub(super) fn chart(figure: &Figure<'_>) -> String {
    let axes = Axes::of(figure);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">\n",
        escape(figure.metric.title())
    );
    svg += &axes.draw(figure);
    let mut legend = String::from("<div class=\"legend\">");
    // Our own comes last, so that it lies above the others.
    let servers = figure.servers();
    for (index, server) in servers.iter().enumerate().rev() {
        svg += &curve(figure, &axes, server, index % COLOURS);
    }
    for (index, server) in servers.iter().enumerate() {
        let (colour, name) = (index % COLOURS, escape(server));
        legend += &format!("<span><i style=\"background:var(--s{colour})\"></i>{name}</span>");
    }
    format!("<figure>{svg}</svg>{legend}</div></figure>\n")
}

fn curve(figure: &Figure<'_>, axes: &Axes, server: &str, colour: usize) -> String {
    let records: Vec<&Record> =
        figure.records.iter().copied().filter(|r| r.server == server).collect();
    let mut points = String::new();
    let mut marks = String::new();
    for record in records {
        let (x, y) = (axes.x(record.at.unwrap_or_default()), axes.y(record.median));
        points += &format!("{x:.1},{y:.1} ");
        let (from, to) = (axes.y(record.min), axes.y(record.max));
        let told = with_unit(figure.metric, record.median);
        let (name, workload) = (escape(server), escape(&record.workload));
        marks += &format!(
            "<line class=\"range\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{from:.1}\" y2=\"{to:.1}\" \
             stroke=\"var(--s{colour})\"/><circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.2\" \
             fill=\"var(--s{colour})\"><title>{name}, {workload}: {told}</title></circle>"
        );
    }
    let (own, points) = (own(server), points.trim_end());
    format!(
        "<polyline class=\"curve{own}\" stroke=\"var(--s{colour})\" points=\"{points}\"/>{marks}\n"
    )
}

/// What maps figures to places.
struct Axes {
    most_x: f64,
    low: f64,
    high: f64,
    tenfold: bool,
}

impl Axes {
    fn of(figure: &Figure<'_>) -> Self {
        let all = || figure.records.iter();
        let most_x = all().filter_map(|record| record.at).fold(1.0, f64::max);
        let most = all().map(|record| record.max).fold(f64::MIN_POSITIVE, f64::max);
        let least = all().map(|record| record.min).fold(f64::INFINITY, f64::min);
        if least > 0.0 && most / least > TENFOLD {
            let (low, high) = (10f64.powf(least.log10().floor()), 10f64.powf(most.log10().ceil()));
            return Self { most_x, low, high, tenfold: true };
        }
        let step = step(most);
        Self { most_x, low: 0.0, high: (most / step).ceil() * step, tenfold: false }
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + value / self.most_x * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        let share = if self.tenfold {
            (value.max(self.low) / self.low).log10() / (self.high / self.low).log10()
        } else {
            value / self.high
        };
        HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
    }

    /// The figures at which lines are drawn across.
    fn ticks(&self) -> Vec<f64> {
        let next = |value: &f64| {
            let value = if self.tenfold { value * 10.0 } else { value + step(self.high) };
            (value <= self.high * 1.001).then_some(value)
        };
        std::iter::successors(Some(self.low), next).collect()
    }

    fn draw(&self, figure: &Figure<'_>) -> String {
        let mut svg = String::new();
        for tick in self.ticks() {
            let (y, text) = (self.y(tick), tick_name(figure.metric, tick));
            let (end, before) = (WIDTH - RIGHT, LEFT - 8.0);
            svg += &format!(
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{end}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
                 <text class=\"soft\" x=\"{before}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>",
                y + 4.0
            );
        }
        let mut places: Vec<f64> = figure.records.iter().filter_map(|record| record.at).collect();
        places.sort_by(f64::total_cmp);
        places.dedup();
        for place in crowded_out(&places, self) {
            let (x, y, text) = (self.x(place), HEIGHT - 10.0, place_name(figure.metric, place));
            svg += &format!(
                "<text class=\"soft\" x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{text}</text>"
            );
        }
        svg + "\n"
    }
}

/// Those that are far enough from the one before for their text.
fn crowded_out(places: &[f64], axes: &Axes) -> Vec<f64> {
    let mut kept: Vec<f64> = Vec::new();
    for place in places {
        if kept.last().is_none_or(|last| axes.x(*place) - axes.x(*last) > 44.0) {
            kept.push(*place);
        }
    }
    kept
}

/// Steps are round, so that they need no decimals.
fn tick_name(metric: Metric, tick: f64) -> String {
    match metric.unit() {
        "us" if tick >= 1e6 => format!("{} s", tick / 1e6),
        "us" if tick >= 1e3 => format!("{} ms", tick / 1e3),
        "us" => format!("{tick} µs"),
        "%" => format!("{tick}%"),
        _ => metric.format(tick),
    }
}

fn place_name(metric: Metric, place: f64) -> String {
    match metric {
        Metric::CpuUtilisation | Metric::CpuTimeAtLoad => format!("{place:.0}%"),
        Metric::RequestsBesideIdle
        | Metric::RatioBesideIdle
        | Metric::LatencyP50BesideIdle
        | Metric::LatencyP99BesideIdle => format!("{} idle", thousands(place)),
        _ => format!("{}/s", thousands(place)),
    }
}

/// 1, 2 or 5 of a power of ten, four to eight of which reach the greatest figure.
fn step(most: f64) -> f64 {
    let power = 10f64.powf(most.log10().floor());
    match most / power {
        leading if leading < 2.0 => power / 4.0,
        leading if leading < 4.0 => power / 2.0,
        _ => power,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::document::tests::record;

    fn axes(least: f64, most: f64) -> Axes {
        let mut records = [
            record(Metric::LatencyP50, "a", "highper", least),
            record(Metric::LatencyP50, "b", "highper", most),
        ];
        (records[0].at, records[1].at) = (Some(10.0), Some(100.0));
        Axes::of(&Figure { metric: Metric::LatencyP50, records: records.iter().collect() })
    }

    #[test]
    fn every_figure_lies_within_the_chart_and_more_is_higher() {
        for (least, most) in [(1.0, 7.0), (90.0, 100.0), (3.0, 40_000.0)] {
            let axes = axes(least, most);
            let (low, high) = (axes.y(least), axes.y(most));
            assert!(TOP - 0.1 <= high && high < low && low <= HEIGHT - BOTTOM + 0.1);
            let ticks = axes.ticks();
            assert!((3..=9).contains(&ticks.len()), "{least} to {most}: {ticks:?}");
        }
    }

    #[test]
    fn steps_are_named_without_decimals() {
        let names = [1.0, 100.0, 1_000.0, 2_500_000.0].map(|t| tick_name(Metric::LatencyP50, t));
        assert_eq!(names, ["1 µs", "100 µs", "1 ms", "2.5 s"]);
        assert_eq!(tick_name(Metric::CpuUtilisation, 20.0), "20%");
    }

    #[test]
    fn figures_far_apart_stand_on_tenfold_steps() {
        assert_eq!(axes(3.0, 40_000.0).ticks(), [1.0, 10.0, 100.0, 1e3, 1e4, 1e5]);
        assert!(!axes(10.0, 40.0).tenfold);
    }
}
