//! Frames of a WebSocket's client: the same comes of them, however they are cut, and no message is longer
//! than it may be.

#![no_main]

use highper_core::bytes::BytesMut;
use highper_ws::{Decoded, Decoder, Violation};
use libfuzzer_sys::fuzz_target;

const MAX_MESSAGE: usize = 4096;

/// Everything that comes of pieces of so many bytes.
fn decoded(bytes: &[u8], size: usize) -> (Vec<Decoded>, Option<Violation>) {
    let (mut decoder, mut input, mut all) =
        (Decoder::new(MAX_MESSAGE), BytesMut::new(), Vec::new());
    for piece in bytes.chunks(size) {
        input.extend_from_slice(piece);
        loop {
            match decoder.decode(&mut input) {
                Ok(Some(decoded)) => all.push(decoded),
                Ok(None) => break,
                Err(violation) => return (all, Some(violation)),
            }
        }
    }
    (all, None)
}

fuzz_target!(|bytes: &[u8]| {
    let whole = decoded(bytes, bytes.len().max(1));
    for message in &whole.0 {
        if let Decoded::Message(message) = message {
            assert!(message.as_bytes().len() <= MAX_MESSAGE);
        }
    }
    for size in [1, 3, 7] {
        let cut = decoded(bytes, size);
        assert_eq!(cut.0, whole.0);
        assert!(cut.1.is_some() || whole.1.is_none());
    }
});
