//! `{placeholders}` in messages.

use std::fmt::Write as _;

use crate::shown::push_raw;
use crate::timestamp::push_datetime;
use crate::{Context, MASK, Redaction, Value};

/// Appends `message`, its placeholders replaced from `context`.
///
/// A placeholder is a name of `A-Z a-z 0-9 _ .` in braces, without a space. One whose name is not
/// there, or whose value has no text (lists, maps, what only developers read), stays as it is. What is
/// put in is never looked at again. Secrets, by their name, are masked.
pub(crate) fn interpolate(
    out: &mut String,
    message: &str,
    context: &Context<'_>,
    redaction: &Redaction,
) {
    let mut rest = message;
    while let Some(open) = rest.find('{') {
        let inside = &rest[open + 1..];
        let length = inside.bytes().take_while(|&byte| is_of_a_name(byte)).count();
        let (name, behind) = inside.split_at(length);
        let value =
            behind.strip_prefix('}').and_then(|behind| Some((behind, context.value(name)?)));
        out.push_str(&rest[..open]);
        rest = match value {
            Some((behind, value)) if length > 0 && push_value(out, name, value, redaction) => {
                behind
            }
            _ => {
                out.push('{');
                inside
            }
        };
    }
    out.push_str(rest);
}

fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')
}

/// Appends the text of a value; false where it has none.
fn push_value(out: &mut String, name: &str, value: &Value<'_>, redaction: &Redaction) -> bool {
    if matches!(value, Value::List(_) | Value::Map(_) | Value::Debug(_)) {
        return false;
    }
    if redaction.hides(name) {
        out.push_str(MASK);
        return true;
    }
    match value {
        Value::Bool(value) => push_raw(out, format_args!("{value}")),
        Value::Int(number) => push_raw(out, format_args!("{number}")),
        Value::Uint(number) => push_raw(out, format_args!("{number}")),
        Value::Float(number) => push_raw(out, format_args!("{number}")),
        Value::Text(text) => push_raw(out, format_args!("{text}")),
        Value::Display(value) => push_raw(out, format_args!("{}", value.0)),
        Value::Error(error) => push_raw(out, format_args!("{}", error.text)),
        Value::Time(time) => {
            let mut text = Vec::new();
            push_datetime(&mut text, *time);
            // A String takes all that is written.
            let _ = write!(out, "{}", String::from_utf8_lossy(&text));
        }
        Value::Null | Value::List(_) | Value::Map(_) | Value::Debug(_) => {}
    }
    true
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn filled(message: &str, context: &Context<'_>) -> String {
        let mut out = String::new();
        interpolate(&mut out, message, context, &Redaction::default());
        out
    }

    #[test]
    fn names_in_braces_are_replaced_and_everything_else_stays() {
        let context = Context::new().with("user", "ada").with("user.id", 7).with("a_1", true);
        for (message, expected) in [
            ("{user} {user.id} {a_1}", "ada 7 true"),
            ("{ user } {user } { user}", "{ user } {user } { user}"),
            ("{none} {} {user", "{none} {} {user"),
            ("{{user}} {user}}", "{ada} ada}"),
            ("{user-id} {üser}", "{user-id} {üser}"),
            ("no braces", "no braces"),
        ] {
            assert_eq!(filled(message, &context), expected);
        }
    }

    #[test]
    fn what_is_put_in_is_not_looked_at_again() {
        let context = Context::new().with("a", "{b}").with("b", "{a}").with("c", "{");
        assert_eq!(filled("{a} {b} {c}a}", &context), "{b} {a} {a}");
    }

    #[test]
    fn only_values_with_a_text_are_put_in() {
        let parse = "x".parse::<u8>().unwrap_err();
        let context = Context::new()
            .with("null", ())
            .with("empty", "")
            .with("half", 0.5)
            .with("at", UNIX_EPOCH + Duration::from_secs(1))
            .with("shown", Value::display(&'x'))
            .with("error", Value::error(&parse))
            .with("list", vec![1])
            .with("debug", Value::debug(&1))
            .with("password", "hunter2");
        assert_eq!(
            filled("{null}|{empty}|{half}|{at}|{shown}|{error}", &context),
            "||0.5|1970-01-01T00:00:01.000000Z|x|invalid digit found in string"
        );
        assert_eq!(filled("{list} {debug}", &context), "{list} {debug}");
        assert_eq!(filled("{password}", &context), "[redacted]");
    }
}
