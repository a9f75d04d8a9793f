//! How much of something comes in a second.

use std::time::{Duration, Instant};

use crate::codec::{Counts, Violation};
use crate::{CloseCode, WebSocketSettings};

/// What a client sends, held against the settings.
#[derive(Debug)]
pub(crate) struct Rates {
    messages: Rate,
    controls: Rate,
    frames: Rate,
    bytes: Rate,
}

impl Rates {
    pub(crate) fn new() -> Self {
        let now = Instant::now();
        let [messages, controls, frames, bytes] = [(); 4].map(|()| Rate { since: now, count: 0 });
        Self { messages, controls, frames, bytes }
    }

    /// So many bytes have come, or have become of them.
    pub(crate) fn bytes(
        &mut self,
        count: usize,
        settings: &WebSocketSettings,
    ) -> Result<(), Violation> {
        let Some(most) = settings.byte_rate else { return Ok(()) };
        self.bytes.admit(count as u64, most, "too many bytes in a second")
    }

    /// So much was decoded.
    pub(crate) fn decoded(
        &mut self,
        counts: Counts,
        settings: &WebSocketSettings,
    ) -> Result<(), Violation> {
        self.bytes(counts.inflated, settings)?;
        let most = u64::from(settings.frame_rate);
        self.frames.admit(u64::from(counts.frames), most, "too many frames in a second")
    }

    pub(crate) fn message(&mut self, settings: &WebSocketSettings) -> Result<(), Violation> {
        let Some(most) = settings.message_rate else { return Ok(()) };
        self.messages.admit(1, u64::from(most), "too many messages in a second")
    }

    pub(crate) fn control(&mut self, settings: &WebSocketSettings) -> Result<(), Violation> {
        let most = u64::from(settings.control_rate);
        self.controls.admit(1, most, "too many control frames in a second")
    }
}

/// Counts what comes in each second by itself.
#[derive(Debug)]
struct Rate {
    since: Instant,
    count: u64,
}

impl Rate {
    /// So many more have come.
    fn admit(&mut self, more: u64, most: u64, what: &'static str) -> Result<(), Violation> {
        self.count = self.count.saturating_add(more);
        if self.count <= most {
            return Ok(());
        }
        // The clock is asked only where it matters.
        let now = Instant::now();
        let is_over = now.duration_since(self.since) >= SECOND;
        if !is_over || more > most {
            return Err(Violation::new(CloseCode::POLICY, what));
        }
        *self = Self { since: now, count: more };
        Ok(())
    }
}

const SECOND: Duration = Duration::from_secs(1);
