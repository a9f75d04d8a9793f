//! What the fuzz targets reach of this crate.

use crate::Limits;
use crate::h1::framing::Framing;

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
