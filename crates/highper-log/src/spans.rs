//! The spans of a log that is the only one to hear of them.

use std::cell::RefCell;
use std::num::NonZeroU64;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tracing::Metadata;
use tracing::span::Id;

use crate::fields::MAX_OBJECT;
use crate::part::{PARTS, part};

/// The spans that are open, and their texts.
///
/// Each thread opens spans in a part of its own, so that no two of them wait for each other; a span is
/// found from every thread. The id tells the part, the place in it, and how often that place was taken:
/// that of a closed span finds nothing.
#[derive(Debug, Default)]
pub(crate) struct Spans {
    parts: [Part; PARTS],
}

#[derive(Debug, Default)]
#[repr(align(128))]
struct Part(Mutex<Places>);

#[derive(Debug, Default)]
struct Places {
    all: Vec<Place>,
    /// Those of closed spans.
    free: Vec<u32>,
}

#[derive(Debug)]
struct Place {
    turn: u32,
    span: Option<Span>,
    /// The inside of the JSON object of the span.
    text: Vec<u8>,
}

#[derive(Debug)]
struct Span {
    metadata: &'static Metadata<'static>,
    /// How many handles there are, those of spans within it included.
    handles: usize,
    parent: Option<Id>,
}

impl Spans {
    /// Opens a span with one handle; `write` appends its text, and must not open another. It is one more
    /// handle of `parent`.
    #[inline]
    pub(crate) fn open(
        &self,
        metadata: &'static Metadata<'static>,
        parent: Option<Id>,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Id {
        if let Some(parent) = &parent {
            self.clone_handle(parent);
        }
        let part = part();
        let mut places = lock(&self.parts[part]);
        let (index, place) = places.take_place();
        place.span = Some(Span { metadata, handles: 1, parent });
        write(&mut place.text);
        id(place.turn, part, index)
    }

    /// Adds fields, the inside of a JSON object, to the text of a span.
    pub(crate) fn add(&self, id: &Id, fields: &[u8]) {
        self.with(id, |_, text| {
            if text.len() <= MAX_OBJECT {
                text.push(b',');
                text.extend_from_slice(fields);
            }
        });
    }

    /// One more handle.
    #[inline]
    pub(crate) fn clone_handle(&self, id: &Id) {
        self.with(id, |span, _| span.handles += 1);
    }

    /// One handle less; says whether it was the last. With a span its handle of the one around it goes.
    #[inline]
    pub(crate) fn drop_handle(&self, id: &Id) -> bool {
        let Some(mut around) = self.drop_one(id) else { return false };
        while let Some(parent) = around {
            around = self.drop_one(&parent).flatten();
        }
        true
    }

    /// The parent of the span, if this was its last handle.
    #[inline]
    fn drop_one(&self, id: &Id) -> Option<Option<Id>> {
        let (_, part, index) = parts_of(id);
        let mut places = lock(&self.parts[part]);
        let (span, _) = places.find(id)?;
        span.handles -= 1;
        if span.handles > 0 {
            return None;
        }
        let parent = span.parent.take();
        places.give_back(index);
        Some(parent)
    }

    pub(crate) fn metadata(&self, id: &Id) -> Option<&'static Metadata<'static>> {
        self.with(id, |span, _| span.metadata)
    }

    /// Appends the texts of a span and those around it as JSON objects, outermost first; says how many.
    #[inline]
    pub(crate) fn push_scope(&self, out: &mut Vec<u8>, id: &Id, room: usize) -> usize {
        let Some(parent) = self.with(id, |span, _| span.parent.clone()) else { return 0 };
        let around = match parent {
            Some(parent) if room > 1 => self.push_scope(out, &parent, room - 1),
            _ => 0,
        };
        self.with(id, |_, text| {
            if around > 0 {
                out.push(b',');
            }
            out.extend_from_slice(text);
            out.push(b'}');
        });
        around + 1
    }

    #[inline]
    fn with<T>(&self, id: &Id, work: impl FnOnce(&mut Span, &mut Vec<u8>) -> T) -> Option<T> {
        let mut places = lock(&self.parts[parts_of(id).1]);
        places.find(id).map(|(span, text)| work(span, text))
    }
}

impl Places {
    /// A place for a new span.
    #[inline]
    fn take_place(&mut self) -> (u32, &mut Place) {
        let index = self.free.pop().unwrap_or_else(|| {
            self.all.push(Place { turn: 0, span: None, text: Vec::with_capacity(TEXT_BYTES) });
            (self.all.len() - 1) as u32
        });
        let place = &mut self.all[index as usize];
        place.turn = (place.turn + 1) & MAX_TURN;
        (index, place)
    }

    #[inline]
    fn find(&mut self, id: &Id) -> Option<(&mut Span, &mut Vec<u8>)> {
        let (turn, _, index) = parts_of(id);
        let place = self.all.get_mut(index as usize).filter(|place| place.turn == turn)?;
        Some((place.span.as_mut()?, &mut place.text))
    }

    /// Keeps the memory of a few texts, for the next spans.
    #[inline]
    fn give_back(&mut self, index: u32) {
        let place = &mut self.all[index as usize];
        place.span = None;
        place.text.clear();
        if self.free.len() >= KEPT_TEXTS || place.text.capacity() > 4 * TEXT_BYTES {
            place.text = Vec::new();
        }
        self.free.push(index);
    }
}

/// Enters a span of a log on this thread.
#[inline]
pub(crate) fn enter(log: usize, id: &Id) {
    let id = id.into_u64();
    // At the end of a thread its list may be gone already.
    let _ = ENTERED.try_with(|entered| {
        let mut entered = entered.borrow_mut();
        let is_again = entered.iter().any(|one| (one.log, one.id) == (log, id));
        entered.push(Entered { log, id, is_again });
    });
}

/// Leaves a span, which usually is the innermost.
#[inline]
pub(crate) fn exit(log: usize, id: &Id) {
    let id = id.into_u64();
    let _ = ENTERED.try_with(|entered| {
        let mut entered = entered.borrow_mut();
        if let Some(at) = entered.iter().rposition(|one| (one.log, one.id) == (log, id)) {
            entered.remove(at);
        }
    });
}

/// The innermost span of a log that the thread is in.
#[inline]
pub(crate) fn current(log: usize) -> Option<Id> {
    let find = |entered: &RefCell<Vec<Entered>>| {
        let entered = entered.borrow();
        entered.iter().rfind(|one| one.log == log && !one.is_again).map(|one| one.id)
    };
    let id = ENTERED.try_with(find).ok().flatten()?;
    NonZeroU64::new(id).map(Id::from_non_zero_u64)
}

/// A span that a thread is in.
struct Entered {
    log: usize,
    id: u64,
    /// It is in it already: it is no deeper in for that.
    is_again: bool,
}

/// 1, 27 bits of turn, 4 of part, 32 of place: an id is never zero.
#[inline]
fn id(turn: u32, part: usize, index: u32) -> Id {
    Id::from_u64(1 << 63 | u64::from(turn) << 36 | (part as u64) << 32 | u64::from(index))
}

#[inline]
fn parts_of(id: &Id) -> (u32, usize, u32) {
    let bits = id.into_u64();
    ((bits >> 36) as u32 & MAX_TURN, (bits >> 32) as usize % PARTS, bits as u32)
}

/// A panic while the lock is held is impossible but for want of memory.
#[inline]
fn lock(part: &Part) -> MutexGuard<'_, Places> {
    part.0.lock().unwrap_or_else(PoisonError::into_inner)
}

const MAX_TURN: u32 = (1 << 27) - 1;

/// Room for the usual fields of a span.
const TEXT_BYTES: usize = 192;

/// Texts whose memory a part keeps; what a burst took beyond it is given back.
const KEPT_TEXTS: usize = 64;

thread_local! {
    /// The spans of all logs that the thread is in.
    static ENTERED: RefCell<Vec<Entered>> = const { RefCell::new(Vec::new()) };
}
