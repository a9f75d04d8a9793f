//! How long a connection may be parked.

use std::time::Duration;

use super::Parked;

/// How long a connection may be parked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QuietLimits {
    first_byte_ms: u32,
    idle_ms: u32,
}

impl QuietLimits {
    pub(crate) fn new(first_byte: Duration, idle: Duration) -> Self {
        // Half of what the clock can tell: some 24 days.
        let ms =
            |time: Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX).min(u32::MAX / 2);
        Self { first_byte_ms: ms(first_byte), idle_ms: ms(idle) }
    }

    pub(super) fn is_over<Io>(self, parked: &Parked<Io>, now_ms: u32) -> bool {
        let limit = if parked.is_fresh { self.first_byte_ms } else { self.idle_ms };
        now_ms.wrapping_sub(parked.since_ms) >= limit
    }
}
