//! Words for a person: colour where it is wanted, progress where somebody watches.

use std::{
    env,
    io::{self, IsTerminal},
    time::Duration,
};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// The few colours that carry a meaning here.
#[derive(Clone, Copy)]
pub(crate) enum Ink {
    Red,
    Green,
    Yellow,
    Bold,
    Dim,
}

impl Ink {
    fn on(self, text: &str) -> String {
        format!("\x1b[{}m{text}\x1b[0m", self.code())
    }

    fn code(self) -> &'static str {
        match self {
            Self::Red => "1;31",
            Self::Green => "1;32",
            Self::Yellow => "1;33",
            Self::Bold => "1",
            Self::Dim => "2",
        }
    }
}

/// Colours text for standard error, if a terminal is there and `NO_COLOR` is not set.
pub(crate) fn paint(ink: Ink, text: &str) -> String {
    if coloured() { ink.on(text) } else { text.to_owned() }
}

/// The same for standard output.
pub(crate) fn paint_output(ink: Ink, text: &str) -> String {
    if !is_refused() && io::stdout().is_terminal() { ink.on(text) } else { text.to_owned() }
}

/// Whether standard error takes colours; see <https://no-color.org>.
pub(crate) fn coloured() -> bool {
    !is_refused() && io::stderr().is_terminal()
}

fn is_refused() -> bool {
    env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// A progress bar on standard error; indicatif hides it where no terminal is.
pub(crate) fn progress(steps: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {msg} ({elapsed})");
    let bar = ProgressBar::new(steps);
    bar.enable_steady_tick(Duration::from_millis(200));
    // The template is a constant: should it ever be wrong, the default style serves as well.
    if let Ok(style) = style { bar.with_style(style) } else { bar }
}

/// Several of them, one below the other, each with its name.
pub(crate) fn progress_bars<const N: usize>(bars: [(&'static str, u64); N]) -> [ProgressBar; N] {
    let group = MultiProgress::new();
    bars.map(|(name, steps)| group.add(progress(steps)).with_message(name))
}

/// `4.2 s` or `3 min 05 s`: as precise as a person needs.
pub(crate) fn elapsed(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short_to_read() {
        assert_eq!(elapsed(Duration::from_millis(4_240)), "4.2 s");
        assert_eq!(elapsed(Duration::from_secs(185)), "3 min 05 s");
    }
}
