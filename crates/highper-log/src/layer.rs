//! From tracing's events and spans to lines.

use std::cell::Cell;
use std::sync::Arc;

use tracing::field::Field;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, Filter};
use tracing_subscriber::registry::LookupSpan;

use crate::access_entry::ACCESS;
use crate::collector::Collector;
use crate::escape::push_json;
use crate::fields::Name;
use crate::logger::TARGET;
use crate::scratch::Scratch;
use crate::shared::Shared;
use crate::shown::is_plain;
use crate::{Fields, Level};

/// Makes lines of events; the fields of the spans around them go to `extra.spans`, outermost first.
#[derive(Debug)]
pub(crate) struct LogLayer(pub(crate) Arc<Shared>);

/// Keeps from the layer what no channel takes, as the levels are at the moment.
#[derive(Debug)]
pub(crate) struct LogFilter(pub(crate) Arc<Shared>);

impl<S> Layer<S> for LogLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.0.takes(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.0.takes(metadata)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut extensions = span.extensions_mut();
        if extensions.get_mut::<SpanFields>().is_none() {
            let mut fields = SpanFields(Vec::with_capacity(SPAN_BYTES));
            fields_of_new_span(&self.0, attributes, &mut fields.0);
            extensions.insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let metadata = span.metadata();
        if let Some(fields) = span.extensions_mut().get_mut::<SpanFields>() {
            fields_of_span(&self.0, metadata, &mut fields.0, |it| values.record(it));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        write_event(&self.0, event, |out| push_spans(out, &context, event));
    }
}

impl<S> Filter<S> for LogFilter {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        self.0.takes(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.0.takes(metadata) { Interest::always() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        // A field may make anything grave, so that only what nobody asks for is left out early.
        Some(LevelFilter::TRACE)
    }
}

/// The fields of a span as the beginning of a JSON object.
struct SpanFields(Vec<u8>);

#[inline]
fn push_spans<S>(out: &mut Vec<u8>, context: &Context<'_, S>, event: &Event<'_>)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let Some(scope) = context.event_scope(event) else { return };
    let mut before: &[u8] = if out.is_empty() { b"\"spans\":[" } else { b",\"spans\":[" };
    let mut any = false;
    for span in scope.from_root().take(MAX_SPANS) {
        if let Some(fields) = span.extensions().get::<SpanFields>() {
            out.extend_from_slice(before);
            out.extend_from_slice(&fields.0);
            out.push(b'}');
            before = b",";
            any = true;
        }
    }
    if any {
        out.push(b']');
    }
}

/// Makes a line of an event; `push_spans` adds those around it to what is `extra`.
#[inline]
pub(crate) fn write_event(
    shared: &Shared,
    event: &Event<'_>,
    push_spans: impl FnOnce(&mut Vec<u8>),
) {
    let plan = Plan::of(shared, event.metadata());
    if let Some(limiter) = &shared.limiter
        && plan.is_limited
        && !limiter.admits(shared.number, event.metadata())
    {
        return;
    }
    Scratch::lend(|scratch| {
        let fields = Fields::new(&mut scratch.context, 0, &shared.redaction);
        let mut collector = Collector::new(shared, plan, fields, &mut scratch.message);
        event.record(&mut collector);
        let (level, channel) = (collector.level, &shared.channels[collector.channel]);
        if level < channel.level.level() {
            return;
        }
        scratch.extra.extend_from_slice(&shared.extra);
        if !plan.is_logger {
            let mut extra = Fields::new(&mut scratch.extra, 0, &shared.redaction);
            extra.add_text("target", event.metadata().target());
        }
        push_spans(&mut scratch.extra);
        shared.write(channel, level, scratch);
    });
}

/// Appends the beginning of the JSON object of a span.
#[inline]
pub(crate) fn fields_of_new_span(shared: &Shared, span: &Attributes<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"span\":\"");
    push_json(out, span.metadata().name());
    out.push(b'"');
    fields_of_span(shared, span.metadata(), out, |collector| span.record(collector));
}

/// Appends fields of a span that `record` gives.
#[inline]
pub(crate) fn fields_of_span(
    shared: &Shared,
    metadata: &'static Metadata<'static>,
    out: &mut Vec<u8>,
    record: impl FnOnce(&mut Collector<'_>),
) {
    let mut message = String::new();
    let fields = Fields::new(out, 0, &shared.redaction);
    record(&mut Collector::of_span(shared, Plan::of(shared, metadata), fields, &mut message));
}

/// What is the same for all events of one place in the code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// The address of the metadata, which live as long as the process, and the number of the log.
    key: (usize, usize),
    pub(crate) level: Level,
    pub(crate) channel: usize,
    /// A bit for each field whose value is a secret.
    pub(crate) hidden: u64,
    /// A bit for each field whose name needs no escape.
    plain: u64,
    /// It comes from a `Logger`, whose context is JSON already.
    pub(crate) is_logger: bool,
    /// Its lines may be held back where there are too many.
    is_limited: bool,
}

impl Plan {
    const NONE: Self = Self {
        key: (0, 0),
        level: Level::Debug,
        channel: 0,
        hidden: 0,
        plain: 0,
        is_logger: false,
        is_limited: false,
    };

    /// The plan that this thread remembers, or a new one.
    #[inline]
    fn of(shared: &Shared, metadata: &'static Metadata<'static>) -> Self {
        let key = (std::ptr::from_ref(metadata).addr(), shared.number);
        // Metadata are larger than 64 bytes.
        let place = (key.0 >> 6) % PLANS;
        PLAN.with(|plans| {
            let plan = plans[place].get();
            if plan.key == key {
                return plan;
            }
            let plan = Self::make(shared, metadata, key);
            plans[place].set(plan);
            plan
        })
    }

    #[cold]
    fn make(shared: &Shared, metadata: &Metadata<'_>, key: (usize, usize)) -> Self {
        let hidden = metadata.fields().iter().take(64).filter(|field| shared.hides(field));
        let plain = metadata.fields().iter().take(64).filter(|field| is_plain(field.name()));
        let is_logger = metadata.target() == TARGET;
        Self {
            key,
            level: Level::from(*metadata.level()),
            channel: shared.of_target(metadata.target()),
            hidden: hidden.fold(0, |bits, field| bits | 1 << field.index()),
            plain: plain.fold(0, |bits, field| bits | 1 << field.index()),
            is_logger,
            is_limited: !is_logger && metadata.target() != ACCESS,
        }
    }

    /// The name of a field.
    #[inline]
    pub(crate) fn name(&self, field: &Field) -> Name<'static> {
        let is_plain = field.index() < 64 && self.plain >> field.index() & 1 == 1;
        Name { text: field.name(), is_plain }
    }

    /// Is the value of this field a secret?
    #[inline]
    pub(crate) fn hides(&self, shared: &Shared, field: &Field) -> bool {
        match field.index() {
            index @ 0..64 => self.hidden >> index & 1 == 1,
            _ => shared.hides(field),
        }
    }
}

/// Places in the code that a thread remembers; others are looked at again.
const PLANS: usize = 128;

/// Spans around an event that are written.
pub(crate) const MAX_SPANS: usize = 32;

/// Room for the usual fields of a span.
const SPAN_BYTES: usize = 192;

thread_local! {
    static PLAN: [Cell<Plan>; PLANS] = const { [const { Cell::new(Plan::NONE) }; PLANS] };
}
