//! Names and values as the inside of a JSON object.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::Debug;
use std::io::Write as _;
use std::iter::successors;

use crate::shown::{push_shown, push_text};
use crate::timestamp::push_datetime;
use crate::value::ErrorValue;
use crate::{Context, MASK, Redaction, Value};

/// Where a processor adds values to the `extra` of a record; see
/// [`LogBuilder::processor`](crate::LogBuilder::processor).
#[derive(Debug)]
pub struct Fields<'a> {
    out: &'a mut Vec<u8>,
    /// Where the object begins in `out`.
    start: usize,
    redaction: &'a Redaction,
}

impl<'a> Fields<'a> {
    /// Goes on with an object whose inside begins at `start`.
    #[inline]
    pub(crate) fn new(out: &'a mut Vec<u8>, start: usize, redaction: &'a Redaction) -> Self {
        Self { out, start, redaction }
    }

    /// Adds a value under a name. A name that tells of a secret has its value masked.
    pub fn add<'v>(&mut self, name: &str, value: impl Into<Value<'v>>) {
        self.add_value(name, &value.into());
    }

    pub(crate) fn add_context(&mut self, context: &Context<'_>) {
        for (name, value) in context.iter() {
            match value {
                Value::Error(error) if name == EXCEPTION => self.add_exception(error),
                value => self.add_value(name, value),
            }
        }
    }

    pub(crate) fn add_value(&mut self, name: &str, value: &Value<'_>) {
        if self.redaction.hides(name) {
            self.mask(name);
        } else if self.name(name.into()) {
            self.value(value, 0);
        }
    }

    /// Takes over what is the inside of a JSON object already.
    #[inline]
    pub(crate) fn add_json(&mut self, inside: &str) {
        if self.out.len() > self.start && !inside.is_empty() {
            self.out.push(b',');
        }
        self.out.extend_from_slice(inside.as_bytes());
    }

    /// Writes `"name":"[redacted]"`.
    #[inline]
    pub(crate) fn mask<'n>(&mut self, name: impl Into<Name<'n>>) {
        if self.name(name.into()) {
            self.quoted(MASK);
        }
    }

    #[inline]
    pub(crate) fn add_text<'n>(&mut self, name: impl Into<Name<'n>>, text: &str) {
        if self.name(name.into()) {
            self.quoted(text);
        }
    }

    #[inline]
    pub(crate) fn add_debug<'n>(&mut self, name: impl Into<Name<'n>>, value: &dyn Debug) {
        if self.name(name.into()) {
            self.debug(value);
        }
    }

    #[inline]
    pub(crate) fn add_integer<'n>(
        &mut self,
        name: impl Into<Name<'n>>,
        number: impl itoa::Integer,
    ) {
        if self.name(name.into()) {
            self.integer(number);
        }
    }

    #[inline]
    pub(crate) fn add_bool<'n>(&mut self, name: impl Into<Name<'n>>, value: bool) {
        if self.name(name.into()) {
            self.bool(value);
        }
    }

    #[inline]
    pub(crate) fn add_float<'n>(&mut self, name: impl Into<Name<'n>>, number: f64) {
        if self.name(name.into()) {
            self.float(number);
        }
    }

    /// Adds an error with the causes of it.
    pub(crate) fn add_error<'n>(
        &mut self,
        name: impl Into<Name<'n>>,
        error: &(dyn Error + 'static),
    ) {
        if self.name(name.into()) {
            self.error(&ErrorValue::unnamed(error));
        }
    }

    /// Adds an error as PSR-3 wants it under `exception`: with the trace of where it was logged, if
    /// `RUST_BACKTRACE` asks for one.
    fn add_exception(&mut self, error: &ErrorValue<'_>) {
        if !self.name(EXCEPTION.into()) {
            return;
        }
        self.error(error);
        let backtrace = std::backtrace::Backtrace::capture();
        if backtrace.status() == std::backtrace::BacktraceStatus::Captured {
            self.out.pop();
            self.out.extend_from_slice(b",\"trace\":\"");
            push_shown(self.out, format_args!("{backtrace}"));
            self.out.extend_from_slice(b"\"}");
        }
    }

    /// Writes `,"name":`, unless the object is as large as it may be.
    #[inline]
    fn name(&mut self, name: Name<'_>) -> bool {
        if self.out.len() > self.start {
            if self.out.len() - self.start > MAX_OBJECT {
                if !self.out.ends_with(TRUNCATED) {
                    self.out.extend_from_slice(TRUNCATED);
                }
                return false;
            }
            self.out.push(b',');
        }
        self.out.push(b'"');
        match name.is_plain {
            true => self.out.extend_from_slice(name.text.as_bytes()),
            false => push_text(self.out, name.text),
        }
        self.out.extend_from_slice(b"\":");
        true
    }

    fn value(&mut self, value: &Value<'_>, depth: usize) {
        match value {
            Value::Null => self.out.extend_from_slice(b"null"),
            Value::Bool(value) => self.bool(*value),
            Value::Int(number) => self.integer(*number),
            Value::Uint(number) => self.integer(*number),
            Value::Float(number) => self.float(*number),
            Value::Text(text) => self.quoted(text),
            Value::Time(time) => {
                self.out.push(b'"');
                push_datetime(self.out, *time);
                self.out.push(b'"');
            }
            Value::Display(value) => {
                self.out.push(b'"');
                push_shown(self.out, format_args!("{}", value.0));
                self.out.push(b'"');
            }
            Value::Debug(value) => self.debug(*value),
            Value::Error(error) => self.error(error),
            Value::List(_) | Value::Map(_) if depth == MAX_DEPTH => self.quoted("[too deep]"),
            Value::List(values) => self.list(values, depth + 1),
            Value::Map(pairs) => self.map(pairs, depth + 1),
        }
    }

    fn list(&mut self, values: &[Value<'_>], depth: usize) {
        self.out.push(b'[');
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            if self.out.len() - self.start > MAX_OBJECT {
                self.quoted("…");
                break;
            }
            self.value(value, depth);
        }
        self.out.push(b']');
    }

    fn map(&mut self, pairs: &[(Cow<'_, str>, Value<'_>)], depth: usize) {
        self.out.push(b'{');
        let start = std::mem::replace(&mut self.start, self.out.len());
        for (name, value) in pairs {
            if self.redaction.hides(name) {
                self.mask(&**name);
            } else if self.out.len() - start > MAX_OBJECT {
                break;
            } else if self.name((&**name).into()) {
                self.value(value, depth);
            }
        }
        self.start = start;
        self.out.push(b'}');
    }

    /// `{"class":..,"message":..,"file":"src/x.rs:7","previous":[..]}`: what is not known is left out.
    fn error(&mut self, value: &ErrorValue<'_>) {
        self.out.push(b'{');
        if let Some(class) = value.type_name {
            self.out.extend_from_slice(b"\"class\":");
            self.quoted(class);
            self.out.push(b',');
        }
        self.out.extend_from_slice(b"\"message\":\"");
        push_shown(self.out, format_args!("{}", value.text));
        self.out.push(b'"');
        if let Some(location) = value.location {
            self.out.extend_from_slice(b",\"file\":\"");
            push_shown(self.out, format_args!("{location}"));
            self.out.push(b'"');
        }
        let first = value.source;
        for (index, cause) in
            successors(first, |&cause| cause.source()).take(MAX_CAUSES).enumerate()
        {
            let before: &[u8] = if index == 0 { b",\"previous\":[\"" } else { b",\"" };
            self.out.extend_from_slice(before);
            push_shown(self.out, format_args!("{cause}"));
            self.out.push(b'"');
        }
        self.out.extend_from_slice(if first.is_some() { b"]}" } else { b"}" });
    }

    #[inline]
    fn quoted(&mut self, text: &str) {
        self.out.push(b'"');
        push_text(self.out, text);
        self.out.push(b'"');
    }

    #[inline]
    fn debug(&mut self, value: &dyn Debug) {
        self.out.push(b'"');
        push_shown(self.out, format_args!("{value:?}"));
        self.out.push(b'"');
    }

    #[inline]
    fn integer(&mut self, number: impl itoa::Integer) {
        push_integer(self.out, number);
    }

    #[inline]
    fn bool(&mut self, value: bool) {
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
    }

    #[inline]
    fn float(&mut self, number: f64) {
        // A Vec takes all that is written. `{:?}` of a finite number is a number of JSON too.
        let _ = match number.is_finite() {
            true => write!(self.out, "{number:?}"),
            false => write!(self.out, "\"{number}\""),
        };
    }
}

#[inline]
pub(crate) fn push_integer(out: &mut Vec<u8>, number: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// The name of a value.
#[derive(Clone, Copy)]
pub(crate) struct Name<'a> {
    pub(crate) text: &'a str,
    /// It is known to need no escape, nor to be cut.
    pub(crate) is_plain: bool,
}

impl<'a> From<&'a str> for Name<'a> {
    #[inline]
    fn from(text: &'a str) -> Self {
        Self { text, is_plain: false }
    }
}

/// The name under which an error is told in full.
const EXCEPTION: &str = "exception";

/// Once an object has this many bytes, no further values are added to it; the last may exceed it by
/// its own length, which [`MAX_TEXT`](crate::shown::MAX_TEXT) bounds.
pub(crate) const MAX_OBJECT: usize = 64 * 1024;

/// Lists and maps in each other.
const MAX_DEPTH: usize = 16;

/// Causes of an error that are told.
const MAX_CAUSES: usize = 16;

const TRUNCATED: &[u8] = b",\"truncated\":true";

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn json(context: &Context<'_>) -> serde_json::Value {
        let (mut out, redaction) = (Vec::new(), Redaction::default());
        Fields::new(&mut out, 0, &redaction).add_context(context);
        let text = format!("{{{}}}", String::from_utf8(out).unwrap());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    #[test]
    fn every_kind_of_value_is_json() {
        let context = Context::new()
            .with("null", ())
            .with("none", None::<u8>)
            .with("yes", true)
            .with("int", i64::MIN)
            .with("uint", u64::MAX)
            .with("float", 1e-7)
            .with("nan", f64::NAN)
            .with("a \"name\"\n", "a \"text\"\n")
            .with("time", UNIX_EPOCH + Duration::from_micros(1))
            .with("list", vec![1, 2])
            .with("map", Value::Map(vec![("a".into(), 1.into()), ("token".into(), 2.into())]))
            .with("shown", Value::display(&'x'))
            .with("debug", Value::debug(&Some("x")));
        let expected = serde_json::json!({
            "null": null, "none": null, "yes": true, "int": i64::MIN, "uint": u64::MAX,
            "float": 1e-7, "nan": "NaN", "a \"name\"\n": "a \"text\"\n",
            "time": "1970-01-01T00:00:00.000001Z", "list": [1, 2],
            "map": {"a": 1, "token": MASK}, "shown": "x", "debug": "Some(\"x\")",
        });
        assert_eq!(json(&context), expected);
    }

    #[test]
    fn what_is_too_much_or_too_deep_is_cut_and_stays_json() {
        let mut deep = Value::from(1);
        for _ in 0..1_000 {
            deep = Value::List(vec![deep]);
        }
        let long = "\u{1b}".repeat(100_000);
        let mut context = Context::new().with("deep", deep).with("list", vec![long.as_str(); 100]);
        for index in 0..100 {
            context = context.with(index.to_string(), long.as_str());
        }
        let json = json(&context);
        assert_eq!(json["truncated"], true);
        assert!(json["deep"].to_string().contains("[too deep]"));
        assert!(json.to_string().len() < 1_000_000);
    }
}
