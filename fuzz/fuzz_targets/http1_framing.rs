//! A stream of requests is understood the same however it is cut.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (Vec<u8>, Vec<u16>)| {
    let (stream, cuts) = input;
    highper_http::fuzzing::framing(&stream, &cuts);
});
