//! The last frame of a connection that asks for too much (RFC 9113, section 6.8).

/// GOAWAY with ENHANCE_YOUR_CALM: no stream after `last_stream` was looked at.
pub(super) fn enhance_your_calm(last_stream: u32, why: &str) -> Vec<u8> {
    let length = u32::try_from(8 + why.len()).unwrap_or(8).to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], GOAWAY, 0, 0, 0, 0, 0];
    frame.extend_from_slice(&last_stream.to_be_bytes());
    frame.extend_from_slice(&ENHANCE_YOUR_CALM.to_be_bytes());
    frame.extend_from_slice(why.as_bytes());
    frame
}

const GOAWAY: u8 = 7;

const ENHANCE_YOUR_CALM: u32 = 0xb;
