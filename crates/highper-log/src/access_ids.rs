//! The two ids of a request, as texts.

use std::cell::Cell;

use highper_core::FieldValue;
use highper_core::bytes::BytesMut;
use highper_core::http::HeaderValue;

use crate::trace_parent::LENGTH;

/// The id of a request: up to [`MAX_ID`] visible characters. Where it is aligned it is a text eight bytes at
/// a time.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub(crate) struct RequestId {
    bytes: [u8; MAX_ID],
    length: u8,
    /// It came with the request.
    pub(crate) is_given: bool,
}

impl RequestId {
    pub(crate) fn given(value: FieldValue<'_>) -> Option<Self> {
        let given = value.as_bytes();
        let is_allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        if given.is_empty() || given.len() > MAX_ID || !given.iter().all(is_allowed) {
            return None;
        }
        let mut bytes = [0; MAX_ID];
        bytes[..given.len()].copy_from_slice(given);
        Some(Self { bytes, length: given.len() as u8, is_given: true })
    }

    /// That of a place in a trace.
    #[inline]
    pub(crate) fn made(place: &[u8; LENGTH]) -> Self {
        let mut bytes = [0; MAX_ID];
        bytes[..16].copy_from_slice(&place[36..52]);
        Self { bytes, length: 16, is_given: false }
    }

    pub(crate) fn as_str(&self) -> &str {
        str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// The value of a header. Those of many requests share one piece of memory, which is allocated once
    /// for all of them.
    #[inline]
    pub(crate) fn to_value(self) -> Option<HeaderValue> {
        let mut memory = MEMORY.try_with(Cell::take).ok()?;
        if memory.capacity() < MAX_ID {
            memory = BytesMut::with_capacity(MEMORY_BYTES);
        }
        memory.extend_from_slice(self.as_bytes());
        let value = HeaderValue::from_maybe_shared(memory.split().freeze()).ok();
        MEMORY.set(memory);
        value
    }
}

/// The id of a trace as text; aligned for the same reason.
#[repr(align(8))]
pub(crate) struct TraceId([u8; 32]);

impl TraceId {
    /// That of a place in a trace.
    #[inline]
    pub(crate) fn of(place: &[u8; LENGTH]) -> Self {
        let mut digits = [0; 32];
        digits.copy_from_slice(&place[3..35]);
        Self(digits)
    }

    #[inline]
    pub(crate) fn as_str(&self) -> &str {
        str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The longest id that is taken from a client.
const MAX_ID: usize = 64;

/// Memory for the values of 32 ids of the usual length. It is held until the last of them is sent.
const MEMORY_BYTES: usize = 512;

thread_local! {
    static MEMORY: Cell<BytesMut> = Cell::new(BytesMut::new());
}
