//! The native engine reads the same requests however their stream is cut, and no other than the check
//! in front of hyper finds.

#![no_main]

use libfuzzer_sys::fuzz_target;

// The first bytes say where to cut, and the others are the stream as it is: so a dictionary helps, and
// requests from anywhere are seeds.
fuzz_target!(|input: &[u8]| {
    let Some((cuts, stream)) = input.split_first_chunk::<6>() else { return };
    let cuts = cuts.as_chunks::<2>().0.iter().map(|cut| u16::from_le_bytes(*cut));
    highper_http::fuzzing::requests(stream, &cuts.collect::<Vec<_>>());
});
