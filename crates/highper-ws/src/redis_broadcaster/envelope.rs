//! A message on its way through Redis: who published it, its kind, and its bytes.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};

use bytes::Bytes;

use crate::{Message, RedisBroadcaster};

/// Tells one process from all others: what it has published itself is not for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Origin([u8; Origin::SIZE]);

impl Origin {
    const SIZE: usize = 16;

    /// No secret; the keys of the standard library's hash maps are random enough to be different.
    pub(super) fn random() -> Self {
        let half = || RandomState::new().build_hasher().finish();
        Self((u128::from(half()) << 64 | u128::from(half())).to_be_bytes())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

const TEXT: u8 = b't';
const BINARY: u8 = b'b';

pub(super) fn seal(origin: Origin, message: &Message) -> Vec<u8> {
    let kind = if message.as_text().is_some() { TEXT } else { BINARY };
    [&origin.0[..], &[kind], message.as_bytes()].concat()
}

/// None where it is no envelope, or too large: anybody may publish in Redis.
pub(super) fn open(bytes: &[u8]) -> Option<(Origin, Message)> {
    if bytes.len() > Origin::SIZE + 1 + RedisBroadcaster::MAX_MESSAGE {
        return None;
    }
    let (origin, rest) = bytes.split_first_chunk()?;
    let (kind, payload) = rest.split_first()?;
    let payload = Bytes::copy_from_slice(payload);
    let message = match *kind {
        TEXT => Message::text(payload)?,
        BINARY => Message::Binary(payload),
        _ => return None,
    };
    Some((Origin(*origin), message))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_too_large_is_none() {
        let sized = |size| open(&seal(Origin::random(), &Message::from(vec![0; size])));
        assert!(sized(RedisBroadcaster::MAX_MESSAGE).is_some());
        assert!(sized(RedisBroadcaster::MAX_MESSAGE + 1).is_none());
    }

    #[test]
    fn text_must_be_text() {
        let mut sealed = seal(Origin::random(), &Message::from("a"));
        *sealed.last_mut().unwrap() = 0xff;
        assert_eq!(open(&sealed), None);
    }

    proptest! {
        #[test]
        fn what_is_sealed_is_opened(bytes: Vec<u8>, text: String) {
            let origin = Origin::random();
            for message in [Message::from(bytes), Message::from(text)] {
                prop_assert_eq!(open(&seal(origin, &message)), Some((origin, message)));
            }
        }

        #[test]
        fn anything_else_is_refused_or_a_message(bytes: Vec<u8>) {
            if let Some((origin, message)) = open(&bytes) {
                prop_assert_eq!(seal(origin, &message), bytes);
            }
        }
    }
}
