//! Takes the fields of events and spans one by one.

use std::error::Error;
use std::fmt::Debug;

use tracing::field::{Field, Visit};

use crate::layer::Plan;
use crate::shared::{CHANNEL, SEVERITY, Shared};
use crate::shown::push_raw;
use crate::{Fields, Level};

/// Sorts the fields of one event or span: the message, what steers the log, and the rest.
pub(crate) struct Collector<'a> {
    shared: &'a Shared,
    plan: Plan,
    fields: Fields<'a>,
    message: &'a mut String,
    is_span: bool,
    /// As the field `severity` says, or the level of tracing.
    pub(crate) level: Level,
    /// As the field `channel` says, or the target.
    pub(crate) channel: usize,
}

impl<'a> Collector<'a> {
    #[inline]
    pub(crate) fn new(
        shared: &'a Shared,
        plan: Plan,
        fields: Fields<'a>,
        message: &'a mut String,
    ) -> Self {
        let (level, channel) = (plan.level, plan.channel);
        Self { shared, plan, fields, message, is_span: false, level, channel }
    }

    /// In a span every field is one like any other.
    pub(crate) fn of_span(
        shared: &'a Shared,
        plan: Plan,
        fields: Fields<'a>,
        message: &'a mut String,
    ) -> Self {
        Self { is_span: true, ..Self::new(shared, plan, fields, message) }
    }

    /// Masks a field if it is a secret; says whether it was.
    #[inline]
    fn masks(&mut self, field: &Field) -> bool {
        let hides = self.plan.hides(self.shared, field);
        if hides {
            self.fields.mask(self.plan.name(field));
        }
        hides
    }

    /// Takes a text that steers the log; false where it is none, or says nothing that is known.
    #[inline]
    fn is_steered(&mut self, name: &str, text: &str) -> bool {
        match name {
            _ if self.is_span => false,
            MESSAGE => {
                push_raw(self.message, format_args!("{text}"));
                true
            }
            SEVERITY => text.parse().map(|level| self.level = level).is_ok(),
            CHANNEL => self.shared.named(text).map(|channel| self.channel = channel).is_some(),
            CONTEXT if self.plan.is_logger => {
                self.fields.add_json(text);
                true
            }
            _ => false,
        }
    }
}

impl Visit for Collector<'_> {
    #[inline]
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == MESSAGE && !self.is_span {
            push_raw(self.message, format_args!("{value:?}"));
        } else if !self.masks(field) {
            self.fields.add_debug(self.plan.name(field), value);
        }
    }

    #[inline]
    fn record_str(&mut self, field: &Field, text: &str) {
        if !self.is_steered(field.name(), text) && !self.masks(field) {
            self.fields.add_text(self.plan.name(field), text);
        }
    }

    #[inline]
    fn record_i64(&mut self, field: &Field, number: i64) {
        if !self.masks(field) {
            self.fields.add_integer(self.plan.name(field), number);
        }
    }

    #[inline]
    fn record_u64(&mut self, field: &Field, number: u64) {
        if !self.masks(field) {
            self.fields.add_integer(self.plan.name(field), number);
        }
    }

    #[inline]
    fn record_i128(&mut self, field: &Field, number: i128) {
        if !self.masks(field) {
            self.fields.add_integer(self.plan.name(field), number);
        }
    }

    #[inline]
    fn record_u128(&mut self, field: &Field, number: u128) {
        if !self.masks(field) {
            self.fields.add_integer(self.plan.name(field), number);
        }
    }

    #[inline]
    fn record_bool(&mut self, field: &Field, value: bool) {
        if !self.masks(field) {
            self.fields.add_bool(self.plan.name(field), value);
        }
    }

    #[inline]
    fn record_f64(&mut self, field: &Field, number: f64) {
        if !self.masks(field) {
            self.fields.add_float(self.plan.name(field), number);
        }
    }

    fn record_error(&mut self, field: &Field, error: &(dyn Error + 'static)) {
        if !self.masks(field) {
            self.fields.add_error(self.plan.name(field), error);
        }
    }
}

const MESSAGE: &str = "message";

/// The field in which a `Logger` gives its context.
pub(crate) const CONTEXT: &str = "context";
