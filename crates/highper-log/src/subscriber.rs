//! The log as tracing's subscriber, where nothing but it listens.

use std::sync::Arc;

use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber, dispatcher};
use tracing_core::span::Current;

use crate::layer::{MAX_SPANS, fields_of_new_span, fields_of_span, write_event};
use crate::scratch::Scratch;
use crate::shared::Shared;
use crate::spans::{self, Spans};

/// Makes lines of events, as [`LogLayer`](crate::layer::LogLayer) does on a registry. What a registry
/// does so that any number of layers can be stacked on it is most of what an event and a span cost there.
#[derive(Debug)]
pub(crate) struct LogSubscriber(Arc<OwnLog>);

/// A log, and the spans that it alone hears of.
#[derive(Debug)]
pub(crate) struct OwnLog {
    pub(crate) shared: Arc<Shared>,
    pub(crate) spans: Spans,
}

impl OwnLog {
    /// The log that has the events of this thread, if nothing else does.
    #[inline]
    pub(crate) fn listening() -> Option<Arc<Self>> {
        dispatcher::get_default(|listener| {
            let LogSubscriber(own) = listener.downcast_ref()?;
            Some(Arc::clone(own))
        })
    }

    #[inline]
    pub(crate) fn current(&self) -> Option<Id> {
        spans::current(self.shared.number)
    }
}

impl LogSubscriber {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self(Arc::new(OwnLog { shared, spans: Spans::default() }))
    }
}

impl Subscriber for LogSubscriber {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.0.shared.takes(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.0.shared.takes(metadata)
    }

    #[inline]
    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let parent = match attributes.is_contextual() {
            true => self.0.current(),
            false => attributes.parent().cloned(),
        };
        // What is written may open spans itself, so that it is written elsewhere first.
        Scratch::lend(|scratch| {
            fields_of_new_span(&self.0.shared, attributes, &mut scratch.context);
            let copy = |text: &mut Vec<u8>| text.extend_from_slice(&scratch.context);
            self.0.spans.open(attributes.metadata(), parent, copy)
        })
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        let Some(metadata) = self.0.spans.metadata(id) else { return };
        let mut fields = Vec::new();
        fields_of_span(&self.0.shared, metadata, &mut fields, |collector| values.record(collector));
        if !fields.is_empty() {
            self.0.spans.add(id, &fields);
        }
    }

    /// That a span follows from another is not told in lines.
    fn record_follows_from(&self, _: &Id, _: &Id) {}

    #[inline]
    fn event(&self, event: &Event<'_>) {
        write_event(&self.0.shared, event, |out| {
            let current = event.is_contextual().then(|| self.0.current()).flatten();
            let Some(innermost) = current.as_ref().or_else(|| event.parent()) else { return };
            let start = out.len();
            out.extend_from_slice(if start == 0 { b"\"spans\":[" } else { b",\"spans\":[" });
            match self.0.spans.push_scope(out, innermost, MAX_SPANS) {
                0 => out.truncate(start),
                _ => out.push(b']'),
            }
        });
    }

    #[inline]
    fn enter(&self, id: &Id) {
        spans::enter(self.0.shared.number, id);
    }

    #[inline]
    fn exit(&self, id: &Id) {
        spans::exit(self.0.shared.number, id);
    }

    #[inline]
    fn clone_span(&self, id: &Id) -> Id {
        self.0.spans.clone_handle(id);
        id.clone()
    }

    #[inline]
    fn try_close(&self, id: Id) -> bool {
        self.0.spans.drop_handle(&id)
    }

    fn current_span(&self) -> Current {
        let known = self.0.current().and_then(|id| Some((self.0.spans.metadata(&id)?, id)));
        known.map_or_else(Current::none, |(metadata, id)| Current::new(id, metadata))
    }
}
