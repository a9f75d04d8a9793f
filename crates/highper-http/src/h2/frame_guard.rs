//! Follows the frames that a peer sends and counts those that cost a server more than the peer.
//!
//! An engine answers or remembers each frame; none of them is wrong by itself, so that only their
//! number tells a flood from use (RFC 9113, section 10.5). What the frames say is the engine's to check.

use std::time::{Duration, Instant};

use crate::Limits;

/// Where in the frames of a connection its peer is, and how many of each kind came.
#[derive(Debug)]
pub(crate) struct FrameGuard {
    place: Place,
    /// The frame that a payload or a padding length belongs to.
    frame: Frame,
    /// What of a frame's head has come.
    head: [u8; HEAD],
    /// A block of header fields has begun and not ended: so many frames, so many bytes.
    block: Option<(u32, u64)>,
    last_stream: u32,
    counts: [Count; KINDS],
    /// Bytes sent to the peer, which answers them with window updates.
    sent: u64,
    flood: Option<Flood>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// So many bytes of the preface are still to come.
    Preface(usize),
    /// So many bytes of a frame's head have come.
    Head(usize),
    /// The length of a padding comes next.
    PadLength,
    /// So many bytes of a payload are still to come.
    Payload(u32),
}

#[derive(Clone, Copy, Debug, Default)]
struct Frame {
    kind: u8,
    flags: u8,
    length: u32,
}

/// Frames of one kind since a moment.
#[derive(Clone, Copy, Debug)]
struct Count {
    frames: u64,
    since: Option<Instant>,
    sent_before: u64,
}

/// What a peer did more often than any use of the protocol has a need to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flood {
    Pings,
    Settings,
    Resets,
    Priorities,
    EmptyData,
    WindowUpdates,
    Continuations,
    HeaderBlock,
}

/// The kinds that are counted for each [`WINDOW`].
const KINDS: usize = 6;

/// For how long frames are counted together.
pub(crate) const WINDOW: Duration = Duration::from_secs(10);

/// PING, ours that it answers among them. A client that measures the bandwidth sends a few a second.
const MAX_PINGS: u64 = 1000;

/// SETTINGS, the acknowledgements of ours among them. Most clients send two in all.
const MAX_SETTINGS: u64 = 100;

/// PRIORITY, PRIORITY_UPDATE and frames that nobody knows. Some browsers send one for each request.
const MAX_PRIORITIES: u64 = 10_000;

/// DATA without a byte that does not end its stream: nobody has a use for it.
const MAX_EMPTY_DATA: u64 = 100;

/// WINDOW_UPDATE beyond those that answer what was sent.
const MAX_WINDOW_UPDATES: u64 = 10_000;

/// A DATA frame of one byte is answered with two updates at the most: the stream's, the connection's.
const SENT_BYTES_FOR_UPDATE: u64 = 5;

/// CONTINUATION in one block of header fields.
const MAX_CONTINUATIONS: u32 = 16;

/// A block that is larger than the limit is answered 431. One so many times larger is not read to its
/// end for that.
pub(super) const MAX_BLOCK_FACTOR: u64 = 4;

/// The length, the kind, the flags, the stream (RFC 9113, section 4.1).
const HEAD: usize = 9;

const PREFACE: usize = 24;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;

const END_STREAM: u8 = 0x1;
const END_HEADERS: u8 = 0x4;
const PADDED: u8 = 0x8;

impl FrameGuard {
    /// One for a connection whose preface is still to be read.
    pub(crate) fn new() -> Self {
        Self {
            place: Place::Preface(PREFACE),
            frame: Frame::default(),
            head: [0; HEAD],
            block: None,
            last_stream: 0,
            counts: [Count { frames: 0, since: None, sent_before: 0 }; KINDS],
            sent: 0,
            flood: None,
        }
    }

    /// Reads on in `bytes`. How many of them the engine may have: all, unless there is a flood. Nothing
    /// passes after one.
    pub(crate) fn advance(&mut self, bytes: &[u8], limits: &Limits) -> usize {
        let mut passed = 0;
        while passed < bytes.len() && self.flood.is_none() {
            match self.step(&bytes[passed..], limits) {
                Ok(taken) => passed += taken,
                Err(flood) => self.flood = Some(flood),
            }
        }
        passed
    }

    pub(crate) fn flood(&self) -> Option<Flood> {
        self.flood
    }

    pub(crate) fn count_sent(&mut self, bytes: usize) {
        self.sent = self.sent.saturating_add(bytes as u64);
    }

    /// The highest stream that the peer opened.
    pub(crate) fn last_stream(&self) -> u32 {
        self.last_stream
    }

    /// True from the first byte of a block of header fields to its last.
    pub(crate) fn is_in_block(&self) -> bool {
        let is_in_frame = matches!(self.place, Place::PadLength | Place::Payload(_));
        self.block.is_some() || is_in_frame && matches!(self.frame.kind, HEADERS | CONTINUATION)
    }

    fn step(&mut self, bytes: &[u8], limits: &Limits) -> Result<usize, Flood> {
        match self.place {
            Place::Preface(left) => {
                let taken = left.min(bytes.len());
                self.place =
                    if taken == left { Place::Head(0) } else { Place::Preface(left - taken) };
                Ok(taken)
            }
            Place::Head(had) => {
                let taken = (HEAD - had).min(bytes.len());
                self.head[had..had + taken].copy_from_slice(&bytes[..taken]);
                self.place = Place::Head(had + taken);
                if had + taken == HEAD {
                    self.begin_frame(limits)?;
                }
                Ok(taken)
            }
            Place::PadLength => {
                if u32::from(bytes[0]) + 1 >= self.frame.length {
                    self.count(Flood::EmptyData, MAX_EMPTY_DATA)?;
                }
                self.place = payload(self.frame.length - 1);
                Ok(1)
            }
            Place::Payload(left) => {
                let taken = bytes.len().min(left as usize);
                self.place = payload(left - u32::try_from(taken).unwrap_or(left));
                Ok(taken)
            }
        }
    }

    fn begin_frame(&mut self, limits: &Limits) -> Result<(), Flood> {
        let [l0, l1, l2, kind, flags, s0, s1, s2, s3] = self.head;
        let length = u32::from_be_bytes([0, l0, l1, l2]);
        self.frame = Frame { kind, flags, length };
        self.place = payload(length);
        match kind {
            DATA if flags & END_STREAM != 0 => {}
            DATA if length == 0 => self.count(Flood::EmptyData, MAX_EMPTY_DATA)?,
            DATA if flags & PADDED != 0 => self.place = Place::PadLength,
            DATA => {}
            HEADERS => {
                let stream = u32::from_be_bytes([s0 & 0x7f, s1, s2, s3]);
                self.last_stream = self.last_stream.max(stream);
                self.block = None;
                self.add_to_block(0, limits)?;
            }
            CONTINUATION => self.add_to_block(1, limits)?,
            RST_STREAM => self.count(Flood::Resets, limits.h2_resets.into())?,
            SETTINGS => self.count(Flood::Settings, MAX_SETTINGS)?,
            PING => self.count(Flood::Pings, MAX_PINGS)?,
            WINDOW_UPDATE => self.count(Flood::WindowUpdates, MAX_WINDOW_UPDATES)?,
            _ => self.count(Flood::Priorities, MAX_PRIORITIES)?,
        }
        Ok(())
    }

    /// A frame of a block of header fields has begun.
    fn add_to_block(&mut self, continuations: u32, limits: &Limits) -> Result<(), Flood> {
        let (before, bytes) = self.block.unwrap_or_default();
        let (count, bytes) = (before + continuations, bytes + u64::from(self.frame.length));
        if count > MAX_CONTINUATIONS {
            return Err(Flood::Continuations);
        }
        if bytes > limits.header_size as u64 * MAX_BLOCK_FACTOR {
            return Err(Flood::HeaderBlock);
        }
        let ends = self.frame.flags & END_HEADERS != 0;
        self.block = (!ends).then_some((count, bytes));
        Ok(())
    }

    fn count(&mut self, kind: Flood, max: u64) -> Result<(), Flood> {
        let sent = self.sent;
        // Every kind that is counted stands before `Continuations`.
        let Some(count) = self.counts.get_mut(kind as usize) else { return Err(kind) };
        count.frames += 1;
        let max = match kind {
            Flood::WindowUpdates => {
                max + (sent - count.sent_before).div_ceil(SENT_BYTES_FOR_UPDATE)
            }
            _ => max,
        };
        let since = *count.since.get_or_insert_with(Instant::now);
        if count.frames <= max {
            return Ok(());
        }
        // The clock is looked at only here: the first windows may be longer, never shorter.
        let now = Instant::now();
        if now.duration_since(since) < WINDOW {
            return Err(kind);
        }
        *count = Count { frames: 1, since: Some(now), sent_before: sent };
        Ok(())
    }
}

fn payload(length: u32) -> Place {
    if length == 0 { Place::Head(0) } else { Place::Payload(length) }
}

impl Flood {
    /// What there was too much of, for a log and for the peer.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pings => "too many PING frames",
            Self::Settings => "too many SETTINGS frames",
            Self::Resets => "too many RST_STREAM frames",
            Self::Priorities => "too many PRIORITY or unknown frames",
            Self::EmptyData => "too many empty DATA frames",
            Self::WindowUpdates => "too many WINDOW_UPDATE frames",
            Self::Continuations => "too many CONTINUATION frames",
            Self::HeaderBlock => "a block of header fields without end",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM_1: u32 = 1;

    fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let mut frame = vec![length[1], length[2], length[3], kind, flags];
        frame.extend_from_slice(&stream.to_be_bytes());
        frame.extend_from_slice(payload);
        frame
    }

    fn guarded(frames: &[u8], cut: usize) -> FrameGuard {
        let (limits, mut guard) = (Limits::default(), FrameGuard::new());
        let stream = [&[b'p'; PREFACE][..], frames].concat();
        for piece in stream.chunks(cut.max(1)) {
            let passed = guard.advance(piece, &limits);
            assert!(passed == piece.len() || guard.flood().is_some());
        }
        guard
    }

    #[test]
    fn each_kind_is_a_flood_above_its_limit_and_not_at_it() {
        for (kind, flags, payload, max, flood) in [
            (PING, 0, &[0; 8][..], MAX_PINGS, Flood::Pings),
            (SETTINGS, 0, &[], MAX_SETTINGS, Flood::Settings),
            (RST_STREAM, 0, &[0; 4], 1000, Flood::Resets),
            (2, 0, &[0; 5], MAX_PRIORITIES, Flood::Priorities),
            (0xaa, 0, &[], MAX_PRIORITIES, Flood::Priorities),
            (DATA, 0, &[], MAX_EMPTY_DATA, Flood::EmptyData),
            (DATA, PADDED, &[3, 0, 0, 0], MAX_EMPTY_DATA, Flood::EmptyData),
            (WINDOW_UPDATE, 0, &[0; 4], MAX_WINDOW_UPDATES, Flood::WindowUpdates),
        ] {
            let frames = frame(kind, flags, STREAM_1, payload);
            let allowed = frames.repeat(usize::try_from(max).unwrap());
            assert_eq!(guarded(&allowed, usize::MAX).flood(), None, "{flood:?}");
            let more = [&allowed[..], &frames].concat();
            assert_eq!(guarded(&more, usize::MAX).flood(), Some(flood));
            assert_eq!(guarded(&more, 7).flood(), Some(flood));
        }
    }

    #[test]
    fn an_upload_is_no_flood_however_small_its_frames() {
        let frames = frame(DATA, 0, 1, b"x").repeat(100_000);
        let padded = frame(DATA, PADDED, 1, &[2, b'x', 0, 0]).repeat(1000);
        let ends = frame(DATA, END_STREAM, 1, b"").repeat(1000);
        assert_eq!(guarded(&[frames, padded, ends].concat(), 1000).flood(), None);
    }

    #[test]
    fn window_updates_that_answer_what_was_sent_are_no_flood() {
        let (limits, mut guard) = (Limits::default(), FrameGuard::new());
        guard.advance(&[b'p'; PREFACE], &limits);
        let update = frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1]);
        for _ in 0..100_000 {
            guard.count_sent(HEAD + 1);
            guard.advance(&update, &limits);
            guard.advance(&update, &limits);
        }
        assert_eq!(guard.flood(), None);
    }

    #[test]
    fn a_block_of_header_fields_has_to_end() {
        let begin = frame(HEADERS, 0, 7, &[0; 100]);
        let guard = guarded(&begin, 10);
        assert!(guard.is_in_block());
        assert_eq!(guard.last_stream(), 7);
        let more = frame(CONTINUATION, 0, 7, &[]);
        let end = frame(CONTINUATION, END_HEADERS, 7, &[]);
        let most = more.repeat(MAX_CONTINUATIONS as usize - 1);
        let guard = guarded(&[&begin[..], &most, &end].concat(), 10);
        assert_eq!((guard.flood(), guard.is_in_block()), (None, false));
        let guard = guarded(&[&begin[..], &most, &more, &end].concat(), 10);
        assert_eq!(guard.flood(), Some(Flood::Continuations));
        let large = frame(CONTINUATION, 0, 7, &[0; 16_384]).repeat(8);
        assert_eq!(guarded(&[begin, large].concat(), 10).flood(), Some(Flood::HeaderBlock));
    }

    #[test]
    fn a_head_that_has_not_come_whole_is_in_a_block() {
        let whole = frame(HEADERS, END_HEADERS, 1, &[0; 100]);
        assert!(guarded(&whole[..50], 50).is_in_block());
        assert!(!guarded(&whole, 50).is_in_block());
        assert!(!guarded(&frame(DATA, 0, 1, &[0; 100])[..50], 50).is_in_block());
    }

    proptest::proptest! {
        #[test]
        fn the_same_is_seen_however_it_is_cut(
            frames in proptest::collection::vec((0..12_u8, 0..16_u8, 0..5_u32, 0..40_usize), 0..400),
            cut in 1..100_usize,
        ) {
            let bytes: Vec<u8> = frames
                .iter()
                .flat_map(|&(kind, flags, stream, length)| frame(kind, flags, stream, &vec![3; length]))
                .collect();
            let seen = |guard: &FrameGuard| {
                (guard.flood(), guard.last_stream(), guard.is_in_block())
            };
            let (whole, pieces) = (guarded(&bytes, usize::MAX), guarded(&bytes, cut));
            proptest::prop_assert_eq!(seen(&whole), seen(&pieces));
        }
    }
}
