//! What a server tells of a request that no handler was asked for.

use std::fmt;
use std::sync::Arc;

use highper_core::Connection;
use http::StatusCode;

use crate::h1::refusal::Refusal;

/// A request that was refused before there was one: its bytes are malformed, too many, or too late. It
/// is answered, and no handler hears of it. See [`Http::on_refusal`](crate::Http::on_refusal).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RefusedRequest<'a> {
    /// The status of the answer: 400, 408, 414, 431, 501 and others.
    pub status: StatusCode,
    /// Why, as a word for programs: `header_timeout`.
    pub code: &'a str,
    /// Why, in words; at most 64 bytes of what was sent are in it, without control characters.
    pub detail: &'a str,
    /// Where it came from.
    pub connection: &'a Connection,
}

/// Hears of refused requests, if anybody does.
#[derive(Clone, Default)]
pub(crate) struct RefusalObserver(Option<Arc<Observe>>);

type Observe = dyn Fn(&RefusedRequest<'_>) + Send + Sync;

impl RefusalObserver {
    pub(crate) fn new(observe: impl Fn(&RefusedRequest<'_>) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(observe)))
    }

    pub(crate) fn tell(&self, refusal: &Refusal, connection: &Connection) {
        if let Some(observe) = &self.0 {
            let Refusal { status, code, detail } = refusal;
            observe(&RefusedRequest { status: *status, code, detail, connection });
        }
    }
}

impl fmt::Debug for RefusalObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RefusalObserver").field(&self.0.is_some()).finish()
    }
}
