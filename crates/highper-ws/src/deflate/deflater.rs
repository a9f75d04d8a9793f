//! The server's messages, compressed.

use bytes::{Bytes, BytesMut};
use flate2::{Compress, Compression, FlushCompress};

use super::plain::opened;
use super::{Agreed, Deflate, TAIL};
use crate::codec::push_frame;

/// Compresses what is sent to one client, which knows what was sent before.
#[derive(Debug)]
pub(crate) struct Deflater {
    agreed: Agreed,
    level: u8,
    threshold: usize,
    kept: Option<Compress>,
}

impl Deflater {
    /// None where each message is to stand alone: those are compressed before they are queued.
    pub(super) fn new(deflate: &Deflate, agreed: Agreed) -> Option<Self> {
        let Deflate { level, threshold, .. } = *deflate;
        agreed.server_takes_over.then_some(Self { agreed, level, threshold, kept: None })
    }

    /// Is there something that the next message may refer to?
    pub(super) fn keeps(&self) -> bool {
        self.kept.is_some()
    }

    /// The frame of a message, compressed unless it is small.
    pub(crate) fn pack(&mut self, frame: Bytes) -> Bytes {
        let (opcode, payload) = opened(&frame);
        if payload.len() < self.threshold.max(1) {
            return frame;
        }
        let window = self.agreed.server_window;
        let kept = self.kept.get_or_insert_with(|| compress(self.level, window));
        let Some(payload) = deflate(kept, payload) else {
            // One that is made anew refers to nothing: the client can follow.
            self.kept = None;
            return frame;
        };
        // It goes out even if it has grown: the next may refer to it.
        let mut packed = BytesMut::new();
        push_frame(&mut packed, opcode, true, &payload);
        packed.freeze()
    }
}

pub(super) fn compress(level: u8, window: u8) -> Compress {
    Compress::new_with_window_bits(Compression::new(level.clamp(1, 9).into()), false, window)
}

/// What `bytes` come to, without the tail of the flush. None where zlib fails, which it has no reason to.
pub(super) fn deflate(by: &mut Compress, bytes: &[u8]) -> Option<Vec<u8>> {
    let (mut out, mut rest) = (Vec::new(), bytes);
    loop {
        out.reserve((rest.len() / 2).max(LEAST));
        let before = by.total_in();
        by.compress_vec(rest, &mut out, FlushCompress::Sync).ok()?;
        rest = &rest[(by.total_in() - before) as usize..];
        // With room left the flush is complete.
        if rest.is_empty() && out.len() < out.capacity() {
            break;
        }
    }
    let length = out.strip_suffix(&TAIL)?.len();
    out.truncate(length);
    Some(out)
}

/// More than a flush takes: it would be made twice otherwise.
const LEAST: usize = 64;
