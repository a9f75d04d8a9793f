//! The frames of an HTTP/2 connection are counted the same however they are cut.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (Vec<u8>, Vec<u16>)| {
    let (stream, cuts) = input;
    highper_http::fuzzing::frames(&stream, &cuts);
});
