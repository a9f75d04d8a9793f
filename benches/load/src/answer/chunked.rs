//! The chunked transfer coding (RFC 9112, section 7.1), fed in pieces.

use memchr::memchr;

use super::Malformed;

/// Where in a chunked body the parser stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chunked {
    /// Before a chunk's size line.
    Size,
    /// Inside a chunk's data.
    Data { remaining: u64 },
    /// Before the line break that follows a chunk's data.
    DataEnd,
    /// After the last chunk: trailer lines, up to the empty one.
    Trailers,
    /// The body is over.
    Done,
}

impl Chunked {
    /// Takes one step; says how many bytes it consumed, 0 when it needs more of them.
    pub(super) fn step(
        &mut self,
        input: &[u8],
        on_body: &mut impl FnMut(&[u8]),
    ) -> Result<usize, Malformed> {
        if let Self::Data { remaining } = self {
            let data = &input[..input.len().min(usize::try_from(*remaining).unwrap_or(usize::MAX))];
            on_body(data);
            *remaining -= data.len() as u64;
            if *remaining == 0 {
                *self = Self::DataEnd;
            }
            return Ok(data.len());
        }
        let Some(end) = memchr(b'\n', input) else { return Ok(0) };
        let line = input[..end].trim_ascii_end();
        *self = match (*self, line) {
            (Self::Size, line) => match parse_size(line)? {
                0 => Self::Trailers,
                remaining => Self::Data { remaining },
            },
            (Self::DataEnd, []) => Self::Size,
            (Self::Trailers, []) => Self::Done,
            (Self::Trailers, _) => Self::Trailers,
            _ => return Err(Malformed("a chunk is longer than its size")),
        };
        Ok(end + 1)
    }
}

fn parse_size(line: &[u8]) -> Result<u64, Malformed> {
    let size = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    std::str::from_utf8(size)
        .ok()
        .filter(|size| size.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .and_then(|size| u64::from_str_radix(size, 16).ok())
        .ok_or(Malformed("a chunk's size is not a hexadecimal number"))
}
