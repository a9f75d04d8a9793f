//! `Range` headers: the parts are what the header asks for, in order, apart, in the file, and no more than may be.

#![no_main]

use highper_fs::{MAX_RANGE_SPECS, Ranges, ranges};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, u64, u8)| {
    let (specs, length, max_parts) = input;
    let (length, max_parts) = (length >> (length % 64), usize::from(max_parts));
    check(specs, length, max_parts);
    check(&format!("bytes={specs}"), length, max_parts);
});

fn check(header: &str, length: u64, max_parts: usize) {
    let found = ranges(header, length, max_parts);
    assert_eq!(found, ranges(header, length, max_parts));
    let Ranges::Parts(parts) = &found else {
        if found == Ranges::Unsatisfiable {
            let asked =
                asked(header, length).expect("only what is well formed can be unsatisfiable");
            assert!(asked.is_empty(), "{header:?} has bytes of {length}: {asked:?}");
        }
        return;
    };
    assert!(!parts.is_empty() && parts.len() <= max_parts);
    assert!(parts.iter().all(|part| part.start < part.end && part.end <= length));
    assert!(parts.windows(2).all(|two| two[0].end < two[1].start), "in order and apart");
    let asked = asked(header, length).expect("only what is well formed has parts");
    let is_in = |at: u128, first: u128, end: u128| first <= at && at < end;
    // Where a range begins or ends is where the two could differ.
    for at in asked.iter().flat_map(|(first, end)| [*first, end - 1, *end]) {
        let is_asked = asked.iter().any(|(first, end)| is_in(at, *first, *end));
        let is_sent = parts.iter().any(|part| is_in(at, part.start.into(), part.end.into()));
        assert_eq!(is_asked, is_sent, "byte {at} of {length} for {header:?}: {parts:?}");
    }
    for part in parts {
        assert!(asked.iter().any(|(first, _)| *first == u128::from(part.start)));
        assert!(asked.iter().any(|(_, end)| *end == u128::from(part.end)));
    }
}

/// What a header asks for, from the first byte up to the end, by the words of RFC 9110, section 14.1.2. None if
/// it is malformed.
fn asked(header: &str, length: u64) -> Option<Vec<(u128, u128)>> {
    let (unit, specs) = header.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let length = u128::from(length);
    let mut all = Vec::new();
    let specs = specs.split(',').map(str::trim);
    assert!(specs.clone().count() <= MAX_RANGE_SPECS);
    for spec in specs.filter(|spec| !spec.is_empty()) {
        let dash = spec.find('-')?;
        let (first, last) = (number(&spec[..dash])?, number(&spec[dash + 1..])?);
        let range = match (first, last) {
            (None, None) => return None,
            (None, Some(suffix)) => (length.saturating_sub(suffix), length),
            (Some(first), None) => (first, length),
            (Some(first), Some(last)) if last < first => return None,
            (Some(first), Some(last)) => (first, length.min(last.saturating_add(1))),
        };
        all.extend((range.0 < range.1).then_some(range));
    }
    Some(all)
}

/// Digits as a position; one that no file can have is the last. Nothing for no digits, None if there is anything
/// else.
fn number(digits: &str) -> Option<Option<u128>> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((!digits.is_empty()).then(|| digits.parse().unwrap_or(u64::MAX).into()))
}
