//! Which parts of a file a `Range` header asks for (RFC 9110, section 14).

use std::ops::Range;

/// What is sent for a `Range` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ranges {
    /// Everything: the header is malformed, of another unit, or asks for more than is good.
    Whole,
    /// These bytes, in their order in the file; at least one, not overlapping.
    Parts(Vec<Range<u64>>),
    /// Nothing: the file has none of these bytes.
    Unsatisfiable,
}

/// Reads a `Range` header for a file of `length` bytes.
///
/// Ranges that overlap or touch are sent as one. A header with more than [`MAX_RANGE_SPECS`] ranges, with
/// more than two that overlap, or with more than `max_parts` parts after that is answered with the whole
/// file, as RFC 9110, section 14.2, allows: no header makes the answer longer than the file. An empty file
/// is whole for every range.
///
/// # Example
/// ```
/// use highper_fs::{Ranges, ranges};
///
/// assert_eq!(ranges("bytes=-500", 2000, 16), Ranges::Parts(vec![1500..2000]));
/// assert_eq!(ranges("bytes=2000-", 2000, 16), Ranges::Unsatisfiable);
/// ```
#[must_use]
pub fn ranges(header: &str, length: u64, max_parts: usize) -> Ranges {
    let Some((unit, specs)) = header.split_once('=') else { return Ranges::Whole };
    if length == 0 || !unit.trim().eq_ignore_ascii_case("bytes") {
        return Ranges::Whole;
    }
    let mut parts = Vec::new();
    let mut is_any = false;
    for (index, spec) in specs.split(',').map(str::trim).enumerate() {
        if index == MAX_RANGE_SPECS {
            return Ranges::Whole;
        }
        if spec.is_empty() {
            continue;
        }
        is_any = true;
        match parse_spec(spec, length) {
            Err(Malformed) => return Ranges::Whole,
            Ok(None) => {}
            Ok(Some(part)) => parts.push(part),
        }
    }
    match joined(parts) {
        _ if !is_any => Ranges::Whole,
        None => Ranges::Whole,
        Some(parts) if parts.is_empty() => Ranges::Unsatisfiable,
        Some(parts) if parts.len() > max_parts => Ranges::Whole,
        Some(parts) => Ranges::Parts(parts),
    }
}

struct Malformed;

/// One range; none if the file does not reach so far.
fn parse_spec(spec: &str, length: u64) -> Result<Option<Range<u64>>, Malformed> {
    let (first, last) = spec.split_once('-').ok_or(Malformed)?;
    match (first.is_empty(), last.is_empty()) {
        (true, true) => Err(Malformed),
        (true, false) => {
            let count = position(last)?.min(length);
            Ok((count > 0).then(|| length - count..length))
        }
        (false, true) => {
            let first = position(first)?;
            Ok((first < length).then_some(first..length))
        }
        (false, false) => {
            let (first, last) = (position(first)?, position(last)?);
            if last < first {
                return Err(Malformed);
            }
            Ok((first < length).then(|| first..last.saturating_add(1).min(length)))
        }
    }
}

/// A number of any length: one that is too large for a file is only that.
fn position(digits: &str) -> Result<u64, Malformed> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Malformed);
    }
    Ok(digits.parse().unwrap_or(u64::MAX))
}

/// The ranges in order, those that touch as one; none if too many overlap.
fn joined(mut parts: Vec<Range<u64>>) -> Option<Vec<Range<u64>>> {
    parts.sort_unstable_by_key(|part| part.start);
    let mut out: Vec<Range<u64>> = Vec::with_capacity(parts.len());
    let mut overlaps = 0;
    for part in parts {
        match out.last_mut() {
            Some(before) if part.start <= before.end => {
                overlaps += usize::from(part.start < before.end);
                before.end = before.end.max(part.end);
            }
            _ => out.push(part),
        }
    }
    (overlaps <= MAX_OVERLAPS).then_some(out)
}

/// The most ranges of one header that are looked at; more are no client's honest wish.
pub const MAX_RANGE_SPECS: usize = 64;

/// "More than two overlapping ranges" are the mark of an attack (RFC 9110, section 14.2).
const MAX_OVERLAPS: usize = 2;

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init, reason = "one range is what is meant")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(header: &str) -> Ranges {
        ranges(header, 100, 16)
    }

    #[test]
    fn first_last_open_and_suffix_are_understood() {
        assert_eq!(parts("bytes=0-0"), Ranges::Parts(vec![0..1]));
        assert_eq!(parts("Bytes=10-"), Ranges::Parts(vec![10..100]));
        assert_eq!(parts("bytes=-10"), Ranges::Parts(vec![90..100]));
        assert_eq!(parts("bytes=-1000"), Ranges::Parts(vec![0..100]));
        assert_eq!(parts("bytes=90-1000"), Ranges::Parts(vec![90..100]));
        assert_eq!(parts("bytes= 50-59 , 0-9"), Ranges::Parts(vec![0..10, 50..60]));
        assert_eq!(parts("bytes=0-9,10-19,5-6"), Ranges::Parts(vec![0..20]));
    }

    #[test]
    fn what_the_file_does_not_have_is_unsatisfiable() {
        for header in ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999999-"]
        {
            assert_eq!(parts(header), Ranges::Unsatisfiable, "{header}");
        }
        assert_eq!(parts("bytes=500-,0-1"), Ranges::Parts(vec![0..2]));
    }

    #[test]
    fn what_is_malformed_or_too_much_is_the_whole_file() {
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=,",
            "bytes=-",
            "bytes=5-4",
            "bytes=a-b",
            "bytes=+1-2",
            "bytes=1-2-3",
            "items=0-1",
            "bytes=0-1;2-3",
            "bytes=0x1-2",
            "bytes=--1",
            "bytes=0-9,1-8,2-7,3-6",
        ] {
            assert_eq!(parts(header), Ranges::Whole, "{header}");
        }
        assert_eq!(ranges("bytes=0-", 0, 16), Ranges::Whole);
        let many: Vec<_> = (0..17).map(|at| format!("{}-{}", at * 4, at * 4)).collect();
        assert_eq!(parts(&format!("bytes={}", many.join(","))), Ranges::Whole);
        assert_eq!(parts(&format!("bytes={}", "0-,".repeat(1000))), Ranges::Whole);
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        let top = u64::MAX;
        assert_eq!(ranges(&format!("bytes=0-{top}"), 10, 16), Ranges::Parts(vec![0..10]));
        assert_eq!(ranges(&format!("bytes=-{top}"), 10, 16), Ranges::Parts(vec![0..10]));
        assert_eq!(ranges("bytes=0-99999999999999999999999", 10, 16), Ranges::Parts(vec![0..10]));
        assert_eq!(ranges(&format!("bytes={top}-{top}"), top, 16), Ranges::Unsatisfiable);
    }

    proptest! {
        #[test]
        fn parts_are_in_order_apart_and_in_the_file(header in "bytes=[0-9,\\- ]{0,60}", length in 0_u64..5000) {
            if let Ranges::Parts(parts) = ranges(&header, length, 16) {
                prop_assert!(!parts.is_empty() && parts.len() <= 16);
                prop_assert!(parts.iter().all(|part| part.start < part.end && part.end <= length));
                prop_assert!(parts.windows(2).all(|two| two[0].end < two[1].start));
            }
        }
    }
}
