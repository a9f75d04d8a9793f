//! Compressed frames of a WebSocket's client: the same comes of them, however they are cut, no message is
//! longer than it may be, and what a client compresses comes out as it went in.

#![no_main]

use flate2::{Compress, Compression, FlushCompress};
use highper_core::bytes::BytesMut;
use highper_ws::{Decoded, Decoder, Message, Violation};
use libfuzzer_sys::fuzz_target;

const MAX_MESSAGE: usize = 4096;

/// Everything that comes of pieces of so many bytes.
fn decoded(takeover: bool, bytes: &[u8], size: usize) -> (Vec<Decoded>, Option<Violation>) {
    let mut decoder = Decoder::inflating(MAX_MESSAGE, takeover);
    let (mut input, mut all) = (BytesMut::new(), Vec::new());
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

/// A frame of a client, with a mask of zeros.
fn frame(payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u64).to_be_bytes();
    let length = match payload.len() {
        short @ 0..=125 => vec![0x80 | short as u8],
        126..=0xffff => [&[0xfe], &length[6..]].concat(),
        _ => [&[0xff], &length[..]].concat(),
    };
    [&[0xc2], &length[..], &[0; 4], payload].concat()
}

fn compressed(by: &mut Compress, message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(2 * message.len() + 100);
    by.compress_vec(message, &mut out, FlushCompress::Sync).unwrap();
    out.truncate(out.len() - 4);
    out
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&first, bytes)) = bytes.split_first() else { return };
    let takeover = first & 1 == 1;
    let whole = decoded(takeover, bytes, bytes.len().max(1));
    for message in &whole.0 {
        if let Decoded::Message(message) = message {
            assert!(message.as_bytes().len() <= MAX_MESSAGE);
        }
    }
    for size in [1, 7] {
        let cut = decoded(takeover, bytes, size);
        assert_eq!(cut.0, whole.0);
        assert!(cut.1.is_some() || whole.1.is_none());
    }

    let messages = bytes.chunks(MAX_MESSAGE).filter(|message| !message.is_empty());
    let mut by = Compress::new(Compression::new(u32::from(first >> 1) % 10), false);
    let mut sent = Vec::new();
    for message in messages.clone() {
        if !takeover {
            by.reset();
        }
        sent.extend(frame(&compressed(&mut by, message)));
    }
    let (got, violation) = decoded(takeover, &sent, 1000);
    assert_eq!(violation, None);
    let expected =
        messages.map(|it| Decoded::Message(Message::Binary(it.to_vec().into()))).collect::<Vec<_>>();
    assert_eq!(got, expected);
});
