//! What the fuzz targets reach of this crate.

pub use crate::h1::native::fuzzing::{answers, requests};

use crate::Limits;
use crate::h1::framing::Framing;
use crate::h2::frame_guard::{Flood, FrameGuard};

/// Reads a stream of requests at once and in pieces, which has to come to the same.
///
/// # Panics
/// If it does not.
pub fn framing(stream: &[u8], cuts: &[u16]) {
    let whole = passed(stream, &[]);
    assert!(whole.0 <= stream.len());
    assert_eq!(whole, passed(stream, cuts), "cut at {cuts:?}");
}

/// How many bytes and heads pass, and whether what follows is refused.
fn passed(stream: &[u8], cuts: &[u16]) -> (usize, u32, bool) {
    let (limits, mut framing) = (Limits::default(), Framing::new());
    let mut cuts: Vec<_> = cuts.iter().map(|cut| usize::from(*cut).min(stream.len())).collect();
    cuts.sort_unstable();
    cuts.push(stream.len());
    let (mut from, mut heads) = (0, 0);
    for cut in cuts.into_iter().filter(|cut| *cut > 0) {
        if cut < from {
            continue;
        }
        let advance = framing.advance(&stream[from..cut], &limits);
        from += advance.passed;
        heads += advance.heads;
        if advance.refusal.is_some() {
            // How much of a body passed before its bad byte depends on the cut.
            return (0, heads, true);
        }
    }
    (from, heads, false)
}

/// Follows frames of HTTP/2 at once and in pieces, which has to come to the same.
///
/// # Panics
/// If it does not.
pub fn frames(stream: &[u8], cuts: &[u16]) {
    assert_eq!(followed(stream, &[]), followed(stream, cuts), "cut at {cuts:?}");
}

/// What there was too much of, the last stream, and whether a block of header fields is open.
fn followed(stream: &[u8], cuts: &[u16]) -> (Option<Flood>, u32, bool) {
    let (limits, mut guard) = (Limits::default(), FrameGuard::new());
    let mut cuts: Vec<_> = cuts.iter().map(|cut| usize::from(*cut).min(stream.len())).collect();
    cuts.sort_unstable();
    cuts.push(stream.len());
    let mut from = 0;
    for cut in cuts {
        let passed = guard.advance(&stream[from..cut], &limits);
        assert!(guard.flood().is_some() || passed == cut - from);
        from = cut;
    }
    (guard.flood(), guard.last_stream(), guard.is_in_block())
}
