//! The chunked transfer coding (RFC 9112, section 7.1), checked, and decoded where that is wanted.

use super::refusal::{BAD_CHUNK, Refusal, shown};

/// Where in a chunked body we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChunkScan {
    state: State,
    /// Bytes of extensions in this chunk's line, or of all trailers.
    overhead: u32,
}

/// What a chunked body holds.
pub(crate) enum Piece<'a> {
    Data(&'a [u8]),
    /// A byte of the lines after the last chunk.
    Trailer(u8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Size { size: u64, digits: u8 },
    Extension { size: u64, quoted: bool },
    SizeEnd { size: u64 },
    Data { left: u64 },
    DataCr,
    DataLf,
    TrailerStart,
    TrailerName,
    TrailerValue,
    TrailerLf,
    LastLf,
    Done,
}

/// Sixteen digits hold every 64-bit length.
const MAX_SIZE_DIGITS: u8 = 16;

/// Extensions are not used by anybody and have been used for attacks (CVE-2023-39326).
const MAX_EXTENSION_BYTES: u32 = 256;

/// Trailer fields: far more than gRPC or digests need.
const MAX_TRAILER_BYTES: u32 = 8 * 1024;

impl ChunkScan {
    pub(crate) fn new() -> Self {
        Self { state: State::Size { size: 0, digits: 0 }, overhead: 0 }
    }

    /// Reads on, and gives how many of `bytes` belong to the body.
    pub(crate) fn scan(&mut self, bytes: &[u8]) -> Result<usize, Refusal> {
        self.decode(bytes, |_| {})
    }

    /// Like [`scan`](Self::scan), and gives what the body holds.
    pub(crate) fn decode(
        &mut self,
        bytes: &[u8],
        mut sink: impl FnMut(Piece<'_>),
    ) -> Result<usize, Refusal> {
        let mut at = 0;
        while at < bytes.len() && self.state != State::Done {
            if let State::Data { left } = &mut self.state {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len() - at);
                sink(Piece::Data(&bytes[at..at + taken]));
                *left -= taken as u64;
                at += taken;
                if *left == 0 {
                    self.state = State::DataCr;
                }
            } else {
                self.state = self.step(bytes[at])?;
                if matches!(
                    self.state,
                    State::TrailerName
                        | State::TrailerValue
                        | State::TrailerLf
                        | State::TrailerStart
                ) {
                    sink(Piece::Trailer(bytes[at]));
                }
                at += 1;
            }
        }
        Ok(at)
    }

    pub(crate) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    fn step(&mut self, byte: u8) -> Result<State, Refusal> {
        Ok(match (self.state, byte) {
            (State::Size { size, digits }, _) if byte.is_ascii_hexdigit() => {
                if digits == MAX_SIZE_DIGITS {
                    return Err(malformed("a chunk size has too many digits", byte));
                }
                State::Size { size: size << 4 | hex(byte), digits: digits + 1 }
            }
            (State::Size { size, digits: 1.. }, b'\r') => State::SizeEnd { size },
            (State::Size { size, digits: 1.. }, b';') => State::Extension { size, quoted: false },
            (State::Size { .. }, _) => {
                return Err(malformed("a chunk size is no hexadecimal number", byte));
            }
            (State::Extension { size, quoted: false }, b'\r') => State::SizeEnd { size },
            (State::Extension { size, quoted }, b' ' | b'\t' | 0x21..=0x7e) => {
                self.count(MAX_EXTENSION_BYTES, "a chunk's extensions are too long")?;
                State::Extension { size, quoted: quoted ^ (byte == b'"') }
            }
            (State::Extension { .. }, _) => {
                return Err(malformed("a chunk extension is malformed", byte));
            }
            (State::SizeEnd { size }, b'\n') => {
                self.overhead = 0;
                if size == 0 { State::TrailerStart } else { State::Data { left: size } }
            }
            (State::DataCr, b'\r') => State::DataLf,
            (State::DataLf, b'\n') => State::Size { size: 0, digits: 0 },
            (State::TrailerStart, b'\r') => State::LastLf,
            (State::LastLf, b'\n') => State::Done,
            (State::TrailerStart | State::TrailerName, byte) if is_name(byte) => {
                self.count(MAX_TRAILER_BYTES, "the trailers are too long")?;
                State::TrailerName
            }
            (State::TrailerName, b':') => State::TrailerValue,
            (State::TrailerValue, b'\r') => State::TrailerLf,
            (State::TrailerValue, b'\t' | 0x20..=0x7e | 0x80..) => {
                self.count(MAX_TRAILER_BYTES, "the trailers are too long")?;
                State::TrailerValue
            }
            (State::TrailerLf, b'\n') => State::TrailerStart,
            (State::TrailerStart | State::TrailerName | State::TrailerValue, _) => {
                return Err(malformed("a trailer field is malformed", byte));
            }
            _ => return Err(malformed("a chunk does not end in CR LF", byte)),
        })
    }

    fn count(&mut self, limit: u32, what: &str) -> Result<(), Refusal> {
        self.overhead += 1;
        if self.overhead > limit {
            return Err(Refusal::bad(
                "bad_chunk",
                format!("{what}: at most {limit} bytes are allowed"),
            ));
        }
        Ok(())
    }
}

fn malformed(what: &str, byte: u8) -> Refusal {
    Refusal::bad(BAD_CHUNK, format!("{what}, at {}", shown(&[byte])))
}

fn hex(byte: u8) -> u64 {
    u64::from(char::from(byte).to_digit(16).unwrap_or_default())
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"5\r\nhello\r\n1;a=\"b;c\"\r\n!\r\n0\r\nX-Sum: 1\r\n\r\n";

    #[test]
    fn a_body_ends_where_it_ends_however_it_is_cut() {
        for cut in 0..BODY.len() {
            let mut scan = ChunkScan::new();
            assert_eq!(scan.scan(&BODY[..cut]).unwrap(), cut);
            assert!(!scan.is_done());
            let rest = [&BODY[cut..], b"GET /next"].concat();
            assert_eq!(scan.scan(&rest).unwrap(), BODY.len() - cut);
            assert!(scan.is_done());
        }
    }

    #[test]
    fn what_intermediaries_disagree_about_is_refused() {
        let long_extension = format!("5;{}\r\n", "a".repeat(300));
        let cases = [
            "\r\n",
            "g\r\n",
            "+5\r\nhello\r\n",
            "0x5\r\n",
            " 5\r\n",
            "5 \r\nhello\r\n",
            "5\nhello\r\n",
            "5\r\nhello\n",
            "5\r\nhelloX",
            "10000000000000005\r\n",
            "0\r\nX : 1\r\n\r\n",
            "0\n\n",
            "0\r\nX: a\nb\r\n\r\n",
            long_extension.as_str(),
        ];
        for case in cases {
            assert!(ChunkScan::new().scan(case.as_bytes()).is_err(), "{case:?}");
        }
    }
}
