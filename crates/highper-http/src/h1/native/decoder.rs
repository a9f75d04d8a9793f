//! The body of a request, freed of its framing.

use bytes::BytesMut;
use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};

use crate::h1::chunked::{ChunkScan, Piece};
use crate::h1::head::BodyFraming;
use crate::h1::refusal::Refusal;

/// Where in the body of the present request the connection is.
#[derive(Debug, Default)]
pub(super) enum Decoder {
    /// Behind it, or there is none.
    #[default]
    Done,
    /// So many bytes are still to come.
    Length(u64),
    Chunked {
        scan: ChunkScan,
        trailers: Vec<u8>,
    },
}

/// What was found in some bytes.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    /// So many bytes belong to the body.
    pub(super) taken: usize,
    pub(super) data: BytesMut,
    /// The body is complete, and these came after it.
    pub(super) trailers: Option<HeaderMap>,
}

impl Decoder {
    pub(super) fn new(framing: BodyFraming) -> Self {
        match framing {
            BodyFraming::Length(0) | BodyFraming::Upgrade => Self::Done,
            BodyFraming::Length(length) => Self::Length(length),
            BodyFraming::Chunked => Self::Chunked { scan: ChunkScan::new(), trailers: Vec::new() },
        }
    }

    #[inline]
    pub(super) fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }

    /// The length of the rest, if it was declared.
    pub(super) fn left(&self) -> Option<u64> {
        match self {
            Self::Done => Some(0),
            Self::Length(left) => Some(*left),
            Self::Chunked { .. } => None,
        }
    }

    /// Reads on in `bytes`.
    pub(super) fn decode(&mut self, bytes: &[u8]) -> Result<Decoded, Refusal> {
        let mut decoded = Decoded::default();
        match self {
            Self::Done => {}
            Self::Length(left) => {
                decoded.taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                decoded.data.extend_from_slice(&bytes[..decoded.taken]);
                *left -= decoded.taken as u64;
                if *left == 0 {
                    *self = Self::Done;
                }
            }
            Self::Chunked { scan, trailers } => {
                decoded.taken = scan.decode(bytes, |piece| match piece {
                    Piece::Data(data) => decoded.data.extend_from_slice(data),
                    Piece::Trailer(byte) => trailers.push(byte),
                })?;
                if scan.is_done() {
                    decoded.trailers = fields_of(trailers);
                    *self = Self::Done;
                }
            }
        }
        Ok(decoded)
    }
}

/// The trailer fields that may come after a body: not those that frame, route or authenticate a message
/// (RFC 9110, section 6.5.1).
fn fields_of(trailers: &[u8]) -> Option<HeaderMap> {
    const FORBIDDEN: [&str; 12] = [
        "transfer-encoding",
        "content-length",
        "content-encoding",
        "content-type",
        "content-range",
        "host",
        "trailer",
        "authorization",
        "cookie",
        "connection",
        "te",
        "expect",
    ];
    let lines = trailers.split(|byte| *byte == b'\n').filter_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
        (!FORBIDDEN.contains(&name.as_str())).then_some((name, value))
    });
    let mut fields = HeaderMap::new();
    for (name, value) in lines.take(MAX_TRAILERS) {
        fields.append(name, value);
    }
    (!fields.is_empty()).then_some(fields)
}

/// More trailer fields than this are left out.
const MAX_TRAILERS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    const CHUNKED: &[u8] =
        b"5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: 1\r\nContent-Length: 7\r\n\r\nGET";

    #[test]
    fn chunks_are_joined_however_they_are_cut() {
        for cut in 0..CHUNKED.len() {
            let mut decoder = Decoder::new(BodyFraming::Chunked);
            let first = decoder.decode(&CHUNKED[..cut]).unwrap();
            let second = decoder.decode(&CHUNKED[first.taken..]).unwrap();
            assert_eq!([first.data, second.data].concat(), b"hello!");
            assert_eq!(first.taken + second.taken, CHUNKED.len() - 3);
            let trailers = first.trailers.or(second.trailers).unwrap();
            assert_eq!(trailers.len(), 1, "what frames a message is no trailer");
            assert_eq!(trailers["x-sum"], "1");
            assert!(decoder.is_done());
        }
    }

    #[test]
    fn a_length_ends_where_it_says() {
        let mut decoder = Decoder::new(BodyFraming::Length(5));
        assert_eq!(decoder.decode(b"he").unwrap().data, "he");
        assert_eq!(decoder.left(), Some(3));
        let rest = decoder.decode(b"lloGET").unwrap();
        assert_eq!((&rest.data[..], rest.taken), (&b"llo"[..], 3));
        assert!(decoder.is_done());
    }
}
