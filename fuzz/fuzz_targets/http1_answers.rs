//! A client reads an answer of the native engine as it was meant, whatever a handler says.

#![no_main]

use libfuzzer_sys::fuzz_target;

type Fields = Vec<(Vec<u8>, Vec<u8>)>;

fuzz_target!(|input: (u16, Fields, Vec<Vec<u8>>, u8)| {
    let (status, fields, pieces, asked) = input;
    highper_http::fuzzing::answers(status, &fields, &pieces, asked);
});
