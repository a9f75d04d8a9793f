//! The decoder alone: whatever the frames, and however they are cut.

use bytes::BytesMut;
use highper_ws::{Decoded, Decoder, Message};
use proptest::prelude::*;

/// A frame of a client.
fn frame(first: u8, key: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let length = match payload.len() {
        length @ 0..=125 => vec![0x80 | length as u8],
        length => [&[0xfe][..], &(length as u16).to_be_bytes()].concat(),
    };
    let masked = payload.iter().enumerate().map(|(index, byte)| byte ^ key[index % 4]);
    [&[first][..], &length, &key].concat().into_iter().chain(masked).collect()
}

/// A message in frames, with a ping between two of them.
fn frames(text: &str, pieces: usize, key: [u8; 4]) -> Vec<u8> {
    let size = text.len().div_ceil(pieces).max(1);
    let pieces: Vec<_> = text.as_bytes().chunks(size).collect();
    let mut bytes = Vec::new();
    if pieces.is_empty() {
        return frame(0x81, key, b"");
    }
    for (index, piece) in pieces.iter().enumerate() {
        let last = if index + 1 == pieces.len() { 0x80 } else { 0 };
        let opcode = u8::from(index == 0);
        bytes.extend(frame(last | opcode, key, piece));
        if last == 0 {
            bytes.extend(frame(0x89, key, b"ping"));
        }
    }
    bytes
}

fn decode_all(decoder: &mut Decoder, input: &mut BytesMut, messages: &mut Vec<String>) {
    while let Some(decoded) = decoder.decode(input).unwrap() {
        match decoded {
            Decoded::Message(Message::Text(text)) => messages.push(text.to_string()),
            Decoded::Ping(payload) => assert_eq!(payload, "ping"),
            other => panic!("{other:?}"),
        }
    }
}

proptest! {
    #[test]
    fn any_frames_in_any_pieces_are_the_messages_that_were_sent(
        texts in prop::collection::vec(("[a-zäß€🦀]{0,200}", 1_usize..5, any::<[u8; 4]>()), 1..5),
        sizes in prop::collection::vec(1_usize..50, 1..20),
    ) {
        let bytes: Vec<u8> =
            texts.iter().flat_map(|(text, pieces, key)| frames(text, *pieces, *key)).collect();
        let (mut decoder, mut input, mut messages) = (Decoder::new(1000), BytesMut::new(), Vec::new());
        let (mut rest, mut sizes) = (&bytes[..], sizes.iter().cycle());
        while !rest.is_empty() {
            let (piece, later) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
            rest = later;
            input.extend_from_slice(piece);
            decode_all(&mut decoder, &mut input, &mut messages);
        }
        let sent: Vec<_> = texts.into_iter().map(|(text, ..)| text).collect();
        prop_assert_eq!(messages, sent);
        prop_assert!(decoder.is_idle() && input.is_empty());
    }
}
