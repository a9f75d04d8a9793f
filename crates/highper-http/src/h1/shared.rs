//! What the parts of a connection share.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::BytesMut;

use super::framing::Framing;
use super::wire::Wire;
use crate::Limits;
use crate::transport::{Ends, Transport};

/// What the engine's I/O, its service and the connection's driver share. All of them run in one task,
/// so the lock is never contended and relaxed atomics order themselves.
pub(crate) struct Shared {
    wire: Mutex<Wire>,
    ends: Mutex<Ends>,
    exchange: AtomicU8,
    requests: AtomicU32,
    request_timed_out: AtomicBool,
    most_requests: Option<u32>,
    ends_at: Option<Instant>,
}

/// How far the present request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exchange {
    /// There is none, or its answer is complete.
    None,
    /// The handler works on it.
    Handling,
    /// The answer has begun and its body is still coming.
    Answering,
    /// There are as many requests in handlers as there may be. Nothing is read meanwhile.
    Waiting,
}

impl Shared {
    pub(crate) fn new(
        stream: Transport,
        first: BytesMut,
        framing: Framing,
        limits: Arc<Limits>,
    ) -> Arc<Self> {
        let most_requests = limits.connection_requests;
        let ends_at = limits.connection_age.map(|age| Instant::now() + age);
        let ends = Mutex::new(stream.ends());
        let wire = Wire::new(stream, first, framing, limits);
        Arc::new(Self {
            wire: Mutex::new(wire),
            ends,
            exchange: AtomicU8::new(Exchange::None as u8),
            requests: AtomicU32::new(0),
            request_timed_out: AtomicBool::new(false),
            most_requests,
            ends_at,
        })
    }

    /// The wire is left consistent by every method, so a panic elsewhere does not make it useless.
    pub(crate) fn wire(&self) -> MutexGuard<'_, Wire> {
        self.wire.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes another connection in the place of the one that was taken from the wire.
    pub(crate) fn renew(&self, stream: Transport, first: BytesMut) {
        *self.ends() = stream.ends();
        self.wire().renew(stream, first);
    }

    /// What every request is told about its connection.
    pub(crate) fn ends(&self) -> MutexGuard<'_, Ends> {
        // Only whole values are put into it.
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// May the connection park? Its age and the number of its requests are not kept when it does.
    #[inline]
    pub(crate) fn may_park(&self) -> bool {
        self.most_requests.is_none() && self.ends_at.is_none()
    }

    pub(crate) fn begin_request(&self, exchange: Exchange) {
        self.requests.store(self.requests.load(Relaxed).wrapping_add(1), Relaxed);
        self.set_exchange(exchange);
        // The time that ran out was another request's.
        self.request_timed_out.store(false, Relaxed);
    }

    pub(crate) fn set_exchange(&self, exchange: Exchange) {
        self.exchange.store(exchange as u8, Relaxed);
    }

    pub(crate) fn exchange(&self) -> Exchange {
        match self.exchange.load(Relaxed) {
            0 => Exchange::None,
            1 => Exchange::Handling,
            2 => Exchange::Answering,
            _ => Exchange::Waiting,
        }
    }

    pub(crate) fn requests(&self) -> u32 {
        self.requests.load(Relaxed)
    }

    /// True if the connection ends after the present request, because of their number or its age.
    #[inline]
    pub(crate) fn is_last_request(&self) -> bool {
        self.most_requests.is_some_and(|most| self.requests() >= most)
            || self.ends_at.is_some_and(|at| Instant::now() >= at)
    }

    pub(crate) fn time_out_request(&self) {
        self.request_timed_out.store(true, Relaxed);
    }

    pub(crate) fn is_request_timed_out(&self) -> bool {
        self.request_timed_out.load(Relaxed)
    }

    /// Tells what the answer to a request to upgrade was.
    pub(crate) fn decide_upgrade(&self, upgraded: bool) {
        self.wire().decide_upgrade(upgraded);
    }
}
