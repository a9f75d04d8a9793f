//! The two forms of a line: JSON for machines, text for people.

use std::io::IsTerminal;
use std::time::SystemTime;

use crate::Level;
use crate::escape::{push_json, push_plain};
use crate::timestamp::push_datetime;

/// One record, as it is written; its objects are the inside of JSON objects already.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<'a> {
    pub(crate) time: SystemTime,
    pub(crate) level: Level,
    pub(crate) channel: &'a str,
    pub(crate) message: &'a str,
    pub(crate) context: &'a [u8],
    pub(crate) extra: &'a [u8],
}

/// How a record becomes a line. In both forms it is exactly one line, whatever is in it.
///
/// JSON: `{"datetime":"2026-11-23T07:32:15.123456Z","level":"info","severity":9,"channel":"app",
/// "message":"..","context":{..},"extra":{..}}`, where severity is OpenTelemetry's number.
///
/// Text: `[2026-11-23T07:32:15.123456Z] app.INFO: message {context} {extra}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// A JSON object a line.
    Json,
    /// Text without colours.
    Text,
    /// Text in which the name of the channel and the level are coloured.
    ColoredText,
}

impl Format {
    /// Text, in colours where `stream` is a terminal; the values of `AMP_LOG_COLOR` (`1`, `true`,
    /// `on`; `0`, `false`, `off`; `auto`) and `NO_COLOR` (any text but none) decide before that.
    ///
    /// `NO_COLOR` is stronger than a wish for colours; see <https://no-color.org>.
    ///
    /// # Example
    /// ```
    /// use highper_log::Format;
    ///
    /// let (wish, no_color) = (std::env::var("AMP_LOG_COLOR").ok(), std::env::var("NO_COLOR").ok());
    /// Format::text(wish.as_deref(), no_color.as_deref(), &std::io::stdout());
    ///
    /// assert_eq!(Format::text(Some("on"), None, &std::io::stdout()), Format::ColoredText);
    /// assert_eq!(Format::text(Some("on"), Some("1"), &std::io::stdout()), Format::Text);
    /// ```
    #[must_use]
    pub fn text(wish: Option<&str>, no_color: Option<&str>, stream: &impl IsTerminal) -> Self {
        let wished = match wish.map(str::to_ascii_lowercase).as_deref() {
            Some("1" | "true" | "on") => true,
            Some("0" | "false" | "off") => false,
            _ => stream.is_terminal(),
        };
        let refused = no_color.is_some_and(|value| !value.is_empty());
        if wished && !refused { Self::ColoredText } else { Self::Text }
    }

    /// Appends the line of a record, its line break included.
    #[inline]
    pub(crate) fn push(self, out: &mut Vec<u8>, record: &Record<'_>) {
        match self {
            Self::Json => push_json_line(out, record),
            Self::Text => push_text_line(out, record, ["", ""], ""),
            Self::ColoredText => {
                push_text_line(out, record, [CHANNEL_COLOR, color_of(record.level)], RESET);
            }
        }
    }
}

#[inline]
fn push_json_line(out: &mut Vec<u8>, record: &Record<'_>) {
    out.extend_from_slice(BEGIN);
    push_datetime(out, record.time);
    push_json_before(out, record.level, record.channel, record.message);
    out.extend_from_slice(record.context);
    push_json_after(out, record.extra);
}

/// Appends what stands between the moment and the context.
#[inline]
pub(crate) fn push_json_before(out: &mut Vec<u8>, level: Level, channel: &str, message: &str) {
    out.extend_from_slice(LEVELS[level as usize].as_bytes());
    push_json(out, channel);
    out.extend_from_slice(b"\",\"message\":\"");
    push_json(out, message);
    out.extend_from_slice(b"\",\"context\":{");
}

/// Appends what stands behind the context.
#[inline]
pub(crate) fn push_json_after(out: &mut Vec<u8>, extra: &[u8]) {
    out.extend_from_slice(b"},\"extra\":{");
    out.extend_from_slice(extra);
    out.extend_from_slice(b"}}\n");
}

fn push_text_line(
    out: &mut Vec<u8>,
    record: &Record<'_>,
    [channel, level]: [&str; 2],
    reset: &str,
) {
    out.push(b'[');
    push_datetime(out, record.time);
    out.extend_from_slice(b"] ");
    out.extend_from_slice(channel.as_bytes());
    push_plain(out, record.channel);
    out.extend_from_slice(reset.as_bytes());
    out.push(b'.');
    out.extend_from_slice(level.as_bytes());
    out.extend_from_slice(record.level.as_upper_str().as_bytes());
    out.extend_from_slice(reset.as_bytes());
    out.extend_from_slice(b": ");
    push_plain(out, record.message);
    if !record.context.is_empty() || !record.extra.is_empty() {
        for object in [record.context, record.extra] {
            out.extend_from_slice(b" {");
            out.extend_from_slice(object);
            out.push(b'}');
        }
    }
    out.push(b'\n');
}

fn color_of(level: Level) -> &'static str {
    match level {
        Level::Debug => "\x1b[36m",
        Level::Info => "\x1b[32m",
        Level::Notice => "\x1b[34m",
        Level::Warning => "\x1b[33m",
        Level::Error => "\x1b[31m",
        Level::Critical | Level::Alert | Level::Emergency => "\x1b[1;31m",
    }
}

/// What a line of JSON begins with; the moment follows.
pub(crate) const BEGIN: &[u8] = b"{\"datetime\":\"";

const CHANNEL_COLOR: &str = "\x1b[35m";

const RESET: &str = "\x1b[0m";

/// What stands between the moment and the channel, for each level.
const LEVELS: [&str; 8] = [
    "\",\"level\":\"debug\",\"severity\":5,\"channel\":\"",
    "\",\"level\":\"info\",\"severity\":9,\"channel\":\"",
    "\",\"level\":\"notice\",\"severity\":10,\"channel\":\"",
    "\",\"level\":\"warning\",\"severity\":13,\"channel\":\"",
    "\",\"level\":\"error\",\"severity\":17,\"channel\":\"",
    "\",\"level\":\"critical\",\"severity\":18,\"channel\":\"",
    "\",\"level\":\"alert\",\"severity\":19,\"channel\":\"",
    "\",\"level\":\"emergency\",\"severity\":21,\"channel\":\"",
];

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn line(format: Format, level: Level, context: &str) -> String {
        let mut out = Vec::new();
        let record = Record {
            time: UNIX_EPOCH + Duration::from_micros(1_795_419_135_123_456),
            level,
            channel: "shop",
            message: "sold \"Dune\"\nfor \x1b[1m9",
            context: context.as_bytes(),
            extra: b"",
        };
        format.push(&mut out, &record);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn json_has_a_field_for_each_part_and_the_number_of_its_level() {
        for level in Level::ALL {
            let json: serde_json::Value =
                serde_json::from_str(&line(Format::Json, level, "\"id\":7")).unwrap();
            let expected = serde_json::json!({
                "datetime": "2026-11-23T07:32:15.123456Z",
                "level": level.as_str(),
                "severity": level.severity_number(),
                "channel": "shop",
                "message": "sold \"Dune\"\nfor \x1b[1m9",
                "context": {"id": 7},
                "extra": {},
            });
            assert_eq!(json, expected);
        }
    }

    #[test]
    fn text_is_one_line_in_which_only_channel_and_level_have_colours() {
        assert_eq!(
            line(Format::Text, Level::Notice, "\"id\":7"),
            "[2026-11-23T07:32:15.123456Z] shop.NOTICE: sold \"Dune\"\\nfor \\u001b[1m9 {\"id\":7} {}\n"
        );
        assert_eq!(
            line(Format::ColoredText, Level::Error, ""),
            "[2026-11-23T07:32:15.123456Z] \x1b[35mshop\x1b[0m.\x1b[31mERROR\x1b[0m: \
             sold \"Dune\"\\nfor \\u001b[1m9\n"
        );
    }

    #[test]
    fn colours_are_as_the_environment_wishes_and_no_color_is_stronger() {
        let no_terminal = File::open("/dev/null").unwrap();
        let format = |wish, no_color| Format::text(wish, no_color, &no_terminal);
        for on in ["1", "true", "on", "ON"] {
            assert_eq!(format(Some(on), None), Format::ColoredText);
            assert_eq!(format(Some(on), Some("")), Format::ColoredText);
            assert_eq!(format(Some(on), Some("1")), Format::Text);
        }
        for off in ["0", "false", "off", "auto", "else"] {
            assert_eq!(format(Some(off), None), Format::Text);
        }
        assert_eq!(format(None, None), Format::Text);
    }
}
