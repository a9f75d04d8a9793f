//! The native engine reads the same requests however their stream is cut, and no other than the check
//! in front of hyper finds.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (Vec<u8>, Vec<u16>)| {
    let (stream, cuts) = input;
    highper_http::fuzzing::requests(&stream, &cuts);
});
