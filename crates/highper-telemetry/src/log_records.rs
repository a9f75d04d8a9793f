//! The lines of a log, as records for a collector.

use std::io::{self, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use highper_log::Output;
use opentelemetry::logs::{AnyValue, LogRecord, Logger, LoggerProvider, Severity};
use opentelemetry::trace::{SpanId, TraceFlags, TraceId};
use opentelemetry_otlp::LogExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::{SdkLogger, SdkLoggerProvider};
use serde_json::Value;

use crate::Telemetry;
use crate::telemetry::{SCOPE, has_ended};

/// How records will be sent, if they will.
#[derive(Debug, Default)]
pub(crate) struct LogSource(pub(crate) Option<LogExporter>);

impl LogSource {
    pub(crate) fn start(self, resource: Resource) -> Logs {
        let provider = self.0.map(|exporter| {
            SdkLoggerProvider::builder()
                .with_resource(resource)
                .with_batch_exporter(exporter)
                .build()
        });
        Logs(provider)
    }
}

/// Sends records, or does not.
#[derive(Clone, Debug)]
pub(crate) struct Logs(Option<SdkLoggerProvider>);

impl Logs {
    /// Sends what is left, but not for longer than `within`; says whether all of it was sent.
    pub(crate) fn end(&self, within: Duration) -> bool {
        match &self.0 {
            Some(provider) => has_ended(&provider.shutdown_with_timeout(within)),
            None => true,
        }
    }
}

impl Telemetry {
    /// An output for a log whose lines a collector gets as records, where there is one: redacted, with the
    /// severity and the place in the trace that they have there. They are made of the lines on the log's
    /// writing thread; beyond `OTEL_BLRP_MAX_QUEUE_SIZE` (2,048) that wait they are dropped.
    #[must_use]
    pub fn log_output(&self) -> Option<Output> {
        let provider = self.logs.0.as_ref()?;
        let records = Records { logger: provider.logger(SCOPE), line: Vec::new() };
        Some(Output::writer(records))
    }
}

/// Takes lines of JSON, and makes each a record.
struct Records {
    logger: SdkLogger,
    /// What there is of a line.
    line: Vec<u8>,
}

impl Write for Records {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.line.extend_from_slice(&rest[..end]);
            self.emit();
            self.line.clear();
            rest = &rest[end + 1..];
        }
        self.line.extend_from_slice(rest);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Records {
    fn emit(&self) {
        // Whatever is no object was not written by the log.
        let Ok(Value::Object(mut line)) = serde_json::from_slice::<Value>(&self.line) else {
            return;
        };
        let target = line["extra"]["target"].as_str().unwrap_or_default().to_owned();
        if target.starts_with("opentelemetry") {
            // What is told of the export would be exported, for ever.
            return;
        }
        let mut record = self.logger.create_log_record();
        record.set_target(target);
        if let Some(time) = line["datetime"].as_str().and_then(time) {
            record.set_timestamp(time);
        }
        if let Some((severity, name)) = line["severity"].as_u64().and_then(severity) {
            record.set_severity_number(severity);
            record.set_severity_text(name);
        }
        if let Some(Value::String(message)) = line.remove("message") {
            record.set_body(message.into());
        }
        if let Some((trace, span)) = place(&line) {
            record.set_trace_context(trace, span, Some(TraceFlags::SAMPLED));
        }
        for part in ["context", "extra"] {
            let Some(Value::Object(fields)) = line.remove(part) else { continue };
            for (name, value) in fields.into_iter().filter(|(name, _)| name != "target") {
                record.add_attribute(name, any(value));
            }
        }
        self.logger.emit(record);
    }
}

/// The trace that a line belongs to, and the request in it.
fn place(line: &serde_json::Map<String, Value>) -> Option<(TraceId, SpanId)> {
    let find = |name: &str| {
        let parts = ["context", "extra"].into_iter();
        parts.filter_map(|part| line.get(part)?.get(name)?.as_str()).next()
    };
    let trace = TraceId::from_hex(find("trace_id")?).ok()?;
    Some((trace, SpanId::from_hex(find("request_id")?).ok()?))
}

fn any(value: Value) -> AnyValue {
    match value {
        Value::Bool(truth) => truth.into(),
        Value::String(text) => text.into(),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole.into(),
            (None, Some(real)) => real.into(),
            (None, None) => number.to_string().into(),
        },
        other => other.to_string().into(),
    }
}

/// The numbers of the log's levels are those of OpenTelemetry.
fn severity(number: u64) -> Option<(Severity, &'static str)> {
    Some(match number {
        5 => (Severity::Debug, "debug"),
        9 => (Severity::Info, "info"),
        10 => (Severity::Info2, "notice"),
        13 => (Severity::Warn, "warning"),
        17 => (Severity::Error, "error"),
        18 => (Severity::Error2, "critical"),
        19 => (Severity::Error3, "alert"),
        21 => (Severity::Fatal, "emergency"),
        _ => return None,
    })
}

/// A time as the log writes it: `2026-11-23T12:00:00.000000Z`.
fn time(text: &str) -> Option<SystemTime> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    // Days since 1970 of the proleptic Gregorian calendar, with years that begin in March.
    let (shifted, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days =
        365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + (153 * month + 2) / 5 + day;
    let seconds = number(11..13)? * 3600 + number(14..16)? * 60 + number(17..19)?;
    let days = days.checked_sub(719_469)?;
    let micros = Duration::from_micros(number(20..26)?);
    Some(UNIX_EPOCH + Duration::from_secs(days * 86_400 + seconds) + micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_written() {
        let seconds = |text: &str| time(text).unwrap().duration_since(UNIX_EPOCH).unwrap();
        assert_eq!(seconds("1970-01-01T00:00:00.000001Z"), Duration::from_micros(1));
        assert_eq!(seconds("2000-02-29T00:00:00.000000Z"), Duration::from_secs(951_782_400));
        assert_eq!(
            seconds("2026-11-23T14:52:32.500000Z"),
            Duration::from_millis(1_795_445_552_500)
        );
        assert_eq!(time("yesterday"), None);
    }
}
