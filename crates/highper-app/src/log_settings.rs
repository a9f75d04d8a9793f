//! What the configuration says about the log.

use std::fmt::Display;
use std::num::{NonZeroU32, NonZeroU64};
use std::path::PathBuf;
use std::str::FromStr;

use highper_core::BootErrors;
use highper_log::Level;

/// What the configuration says about the log: where lines go and which there are.
///
/// A file has them in its section `log`: `level = "notice"`.
///
/// | variable | what | default |
/// |---|---|---|
/// | `LOG_LEVEL` | the least grave level: one of [`Level`]'s names, from `debug` to `emergency`; or `off` | `info` |
/// | `LOG_FORMAT` | `json`, `text`, or `auto`: text on a terminal, else JSON | `auto` |
/// | `LOG_TARGET` | `stderr`, `stdout`, `none`, or the path of a file | `stderr` |
/// | `LOG_ROTATE_BYTES` | a file is put aside before it has more bytes, from 1 | never |
/// | `LOG_ROTATE_DAILY` | a file is put aside every day (UTC): `on` or `off` | `off` |
/// | `LOG_KEEP` | how many files that were put aside are kept | 30 |
/// | `LOG_CHANNELS` | modules with a level, and perhaps a target, of their own: `shop=debug,shop::audit=notice:audit.log` | none |
/// | `LOG_REDACT` | parts of names whose values are masked, beside the usual | none |
/// | `LOG_REDACT_AFTER` | beginnings of secrets in any text: what follows one is masked | `Bearer ` |
/// | `LOG_RATE_LIMIT` | lines a second of one place in the code, from 1 | no limit |
/// | `LOG_SAMPLE` | of the lines beyond `LOG_RATE_LIMIT` one of so many is written, from 1 | none |
/// | `LOG_ACCESS` | `on`: a line for each request, `off`: none | as the application says |
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogSettings {
    /// The least grave level that is logged; None: nothing is.
    pub level: Option<Level>,
    /// The form of a line.
    pub format: LogFormat,
    /// Where lines go.
    pub target: LogTarget,
    /// A file is put aside before it has more bytes than this.
    pub rotate_bytes: Option<u64>,
    /// A file is put aside every day (UTC).
    pub rotate_daily: bool,
    /// How many files that were put aside are kept.
    pub keep: usize,
    /// Modules that have a level, and perhaps a target, of their own. Each is a channel of its name.
    pub channels: Vec<LogChannel>,
    /// Parts of names whose values are masked, beside the usual; see
    /// [`Redaction::key`](highper_log::Redaction::key).
    pub redact: Vec<String>,
    /// What secrets begin with: what follows it is masked in any text; see
    /// [`Redaction::after`](highper_log::Redaction::after).
    pub redact_after: Vec<String>,
    /// How many lines a second one place in the code may write.
    pub rate_limit: Option<u32>,
    /// Of the lines beyond the limit, one of so many is written all the same.
    pub sample: Option<u32>,
    /// Is there a line for each request? None: as [`Application::access_log`](crate::Application::access_log)
    /// says.
    pub access: Option<bool>,
}

/// A module, with all below it, that is logged in a way of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogChannel {
    /// Path of the module, which is the name of the channel too.
    pub module: String,
    /// The least that is told.
    pub level: Level,
    /// Where its lines go instead of to [`LogSettings::target`]. None: with all others.
    pub target: Option<LogTarget>,
}

impl LogChannel {
    /// The lines of a module, from a level on, among all others.
    #[must_use]
    pub fn new(module: impl Into<String>, level: Level) -> Self {
        Self { module: module.into(), level, target: None }
    }

    fn read(text: &str) -> Option<Self> {
        let (module, rest) = text.split_once('=')?;
        let (own, target) = rest.split_once(':').unwrap_or((rest, ""));
        let target = Some(target.trim()).filter(|target| !target.is_empty()).map(LogTarget::read);
        Some(Self { target, ..Self::new(module.trim(), level(own.trim())?) })
    }
}

/// The form of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogFormat {
    /// Text on a terminal, else JSON.
    #[default]
    Auto,
    /// A JSON object a line.
    Json,
    /// Text, in colours on a terminal.
    Text,
}

/// Where lines go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogTarget {
    /// To standard error.
    #[default]
    Stderr,
    /// To standard output.
    Stdout,
    /// Into a file.
    File(PathBuf),
    /// Nowhere.
    None,
}

impl LogTarget {
    fn read(text: &str) -> Self {
        match text {
            "stderr" => Self::Stderr,
            "stdout" => Self::Stdout,
            "none" => Self::None,
            path => Self::File(path.into()),
        }
    }
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            level: Some(Level::Info),
            format: LogFormat::default(),
            target: LogTarget::default(),
            rotate_bytes: None,
            rotate_daily: false,
            keep: 30,
            channels: Vec::new(),
            redact: Vec::new(),
            redact_after: Vec::new(),
            rate_limit: None,
            sample: None,
            access: None,
        }
    }
}

impl LogSettings {
    /// Reads the variables through `lookup`. What is malformed keeps its default and is told.
    pub(crate) fn read(lookup: &impl Fn(&str) -> Option<String>, errors: &mut BootErrors) -> Self {
        let mut settings = Self::default();
        let mut reader = Reader { lookup, errors };
        reader.set("LOG_LEVEL", LEVELS, &mut settings.level, level_or_off);
        reader.set("LOG_FORMAT", "auto, json or text", &mut settings.format, format);
        if let Some(target) = lookup("LOG_TARGET").filter(|target| !target.is_empty()) {
            settings.target = LogTarget::read(&target);
        }
        let bytes = |text: &str| parse(text).map(|bytes: NonZeroU64| Some(bytes.get()));
        reader.set("LOG_ROTATE_BYTES", "a number from 1", &mut settings.rotate_bytes, bytes);
        reader.set("LOG_ROTATE_DAILY", "on or off", &mut settings.rotate_daily, flag);
        reader.set("LOG_KEEP", "a number of files", &mut settings.keep, parse);
        reader.set("LOG_CHANNELS", CHANNELS, &mut settings.channels, channels);
        let words = |name| -> Vec<String> {
            listed(&lookup(name).unwrap_or_default()).map(str::to_owned).collect()
        };
        settings.redact = words("LOG_REDACT");
        settings.redact_after = words("LOG_REDACT_AFTER");
        let lines = |text: &str| parse(text).map(|lines: NonZeroU32| Some(lines.get()));
        reader.set("LOG_RATE_LIMIT", "a number from 1", &mut settings.rate_limit, lines);
        reader.set("LOG_SAMPLE", "a number from 1", &mut settings.sample, lines);
        reader.set("LOG_ACCESS", "on or off", &mut settings.access, |text| flag(text).map(Some));
        if settings.sample.is_some() && lookup("LOG_RATE_LIMIT").is_none() {
            reader.errors.push("LOG_SAMPLE: it is for lines beyond LOG_RATE_LIMIT: set that too");
        }
        settings
    }

    /// Is there a file of lines?
    pub(crate) fn has_file(&self) -> bool {
        let own = self.channels.iter().filter_map(|channel| channel.target.as_ref());
        own.chain([&self.target]).any(|target| matches!(target, LogTarget::File(_)))
    }

    /// Is a file put aside at any time?
    pub(crate) fn rotates(&self) -> bool {
        self.rotate_daily || self.rotate_bytes.is_some()
    }
}

struct Reader<'a, L> {
    lookup: &'a L,
    errors: &'a mut BootErrors,
}

impl<L: Fn(&str) -> Option<String>> Reader<'_, L> {
    /// Sets what a variable says, or tells that it is not what was expected.
    fn set<T>(
        &mut self,
        name: &str,
        expected: impl Display,
        setting: &mut T,
        parse: impl FnOnce(&str) -> Option<T>,
    ) {
        let Some(text) = (self.lookup)(name) else { return };
        match parse(text.trim()) {
            Some(value) => *setting = value,
            None => {
                let text = text.escape_debug();
                self.errors.push(format_args!("{name}: `{text}` is not {expected}"));
            }
        }
    }
}

fn parse<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

fn level(name: &str) -> Option<Level> {
    if name.eq_ignore_ascii_case("warn") { Some(Level::Warning) } else { parse(name) }
}

fn level_or_off(name: &str) -> Option<Option<Level>> {
    if name.eq_ignore_ascii_case("off") { Some(None) } else { level(name).map(Some) }
}

fn format(name: &str) -> Option<LogFormat> {
    match name {
        "auto" => Some(LogFormat::Auto),
        "json" => Some(LogFormat::Json),
        "text" => Some(LogFormat::Text),
        _ => None,
    }
}

fn flag(text: &str) -> Option<bool> {
    match text {
        "on" | "1" | "true" => Some(true),
        "off" | "0" | "false" => Some(false),
        _ => None,
    }
}

fn channels(text: &str) -> Option<Vec<LogChannel>> {
    listed(text).map(LogChannel::read).collect()
}

fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

const LEVELS: &str = "off, debug, info, notice, warning, error, critical, alert or emergency";

const CHANNELS: &str =
    "a list of modules, their levels and targets, as shop=debug,shop::audit=notice:audit.log";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> (LogSettings, Vec<String>) {
        let mut errors = BootErrors::new();
        let find = |name: &str| variables.iter().find(|(key, _)| *key == name);
        let lookup = |name: &str| find(name).map(|(_, value)| (*value).to_owned());
        let settings = LogSettings::read(&lookup, &mut errors);
        (settings, errors.iter().map(str::to_owned).collect())
    }

    #[test]
    fn every_variable_sets_its_part() {
        let (settings, errors) = read(&[
            ("LOG_LEVEL", "Notice"),
            ("LOG_FORMAT", "json"),
            ("LOG_TARGET", "log/shop.log"),
            ("LOG_ROTATE_BYTES", "1048576"),
            ("LOG_ROTATE_DAILY", "on"),
            ("LOG_KEEP", "3"),
            ("LOG_CHANNELS", "shop=debug, shop::audit = warn: audit.log ,sqlx=error:none"),
            ("LOG_REDACT", "iban, pin"),
            ("LOG_REDACT_AFTER", "sk_live_, ghp_"),
            ("LOG_RATE_LIMIT", "10"),
            ("LOG_SAMPLE", "100"),
            ("LOG_ACCESS", "off"),
        ]);
        assert_eq!(errors, [""; 0]);
        let audit = LogTarget::File("audit.log".into());
        let expected = LogSettings {
            level: Some(Level::Notice),
            format: LogFormat::Json,
            target: LogTarget::File("log/shop.log".into()),
            rotate_bytes: Some(1 << 20),
            rotate_daily: true,
            keep: 3,
            channels: vec![
                LogChannel::new("shop", Level::Debug),
                LogChannel {
                    target: Some(audit),
                    ..LogChannel::new("shop::audit", Level::Warning)
                },
                LogChannel {
                    target: Some(LogTarget::None),
                    ..LogChannel::new("sqlx", Level::Error)
                },
            ],
            redact: vec!["iban".into(), "pin".into()],
            redact_after: vec!["sk_live_".into(), "ghp_".into()],
            rate_limit: Some(10),
            sample: Some(100),
            access: Some(false),
        };
        assert_eq!(settings, expected);
        assert_eq!(read(&[("LOG_LEVEL", "off")]).0.level, None);
        assert_eq!(read(&[]), (LogSettings::default(), Vec::new()));
    }

    #[test]
    fn what_is_malformed_is_told_and_keeps_its_default() {
        let malformed = [
            ("LOG_LEVEL", "loud"),
            ("LOG_FORMAT", "xml"),
            ("LOG_ROTATE_BYTES", "0"),
            ("LOG_ROTATE_DAILY", "often"),
            ("LOG_KEEP", "all"),
            ("LOG_CHANNELS", "shop=audit.log"),
            ("LOG_RATE_LIMIT", "-1"),
            ("LOG_SAMPLE", "0"),
            ("LOG_ACCESS", "sometimes"),
        ];
        let (settings, errors) = read(&malformed);
        assert_eq!(settings, LogSettings::default());
        assert_eq!(errors.len(), malformed.len(), "{errors:?}");
        for ((name, value), error) in malformed.iter().zip(&errors) {
            assert!(error.starts_with(&format!("{name}: `{value}` is not ")), "{error}");
        }
    }

    #[test]
    fn a_sample_of_what_has_no_limit_is_told() {
        let (settings, errors) = read(&[("LOG_SAMPLE", "100")]);
        assert_eq!(settings.sample, Some(100));
        assert_eq!(errors, ["LOG_SAMPLE: it is for lines beyond LOG_RATE_LIMIT: set that too"]);
    }
}
