//! From a stream of bytes, cut anywhere, to answers.

use memchr::memmem::Finder;

use super::{
    Malformed,
    chunked::Chunked,
    head::{self, Framing, Head},
};

/// One whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The server closes the connection after it.
    pub(crate) closes: bool,
}

/// Finds the ends of answers. It keeps no bytes: what [`advance`](Self::advance) leaves, the caller
/// offers again with more behind it.
#[derive(Debug)]
pub(crate) struct Parser {
    head_end: Finder<'static>,
    state: State,
    answer: Answer,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Head,
    Body { remaining: u64 },
    Chunked(Chunked),
}

const HEAD_END: &[u8] = b"\r\n\r\n";

impl Parser {
    pub(crate) fn new() -> Self {
        let answer = Answer { status: 0, closes: false };
        Self { head_end: Finder::new(HEAD_END), state: State::Head, answer }
    }

    /// Reads up to the end of one answer, which it returns when it got there, with the number of
    /// bytes consumed. Interim (1xx) answers are passed over.
    pub(crate) fn advance(
        &mut self,
        input: &[u8],
        mut on_body: impl FnMut(&[u8]),
    ) -> Result<(usize, Option<Answer>), Malformed> {
        let mut consumed = 0;
        loop {
            let rest = &input[consumed..];
            let (step, done) = self.step(rest, &mut on_body)?;
            consumed += step;
            if done {
                self.state = State::Head;
                if self.answer.status >= 200 {
                    return Ok((consumed, Some(self.answer)));
                }
            } else if step == 0 {
                return Ok((consumed, None));
            }
        }
    }

    /// One step: how many bytes it consumed, and whether that ended an answer.
    fn step(
        &mut self,
        input: &[u8],
        on_body: &mut impl FnMut(&[u8]),
    ) -> Result<(usize, bool), Malformed> {
        match &mut self.state {
            State::Head => {
                let Some(length) = self.head_end.find(input) else { return Ok((0, false)) };
                let Head { status, framing, closes } = head::parse(&input[..length])?;
                self.answer = Answer { status, closes };
                self.state = match framing {
                    Framing::Length(remaining) => State::Body { remaining },
                    Framing::Chunked => State::Chunked(Chunked::Size),
                };
                Ok((length + HEAD_END.len(), framing == Framing::Length(0)))
            }
            State::Body { remaining } => {
                let available = usize::try_from(*remaining).unwrap_or(usize::MAX).min(input.len());
                on_body(&input[..available]);
                *remaining -= available as u64;
                Ok((available, *remaining == 0))
            }
            State::Chunked(chunked) => {
                let consumed = chunked.step(input, on_body)?;
                Ok((consumed, *chunked == Chunked::Done))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello\
        HTTP/1.1 100 Continue\r\n\r\n\
        HTTP/1.1 204 No Content\r\n\r\n\
        HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n\
        5;a=b\r\nwor\r\n\r\n2\r\nld\r\n0\r\nTrailer: x\r\n\r\n\
        HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

    /// The status of each answer and whether it closes; then the bodies one after the other.
    type Parsed = (Vec<(u16, bool)>, Vec<u8>);

    /// Feeds the pieces as a connection would: what was left over comes again with the next.
    fn parse(pieces: &[&[u8]]) -> Result<Parsed, Malformed> {
        let (mut parser, mut kept) = (Parser::new(), Vec::new());
        let (mut answers, mut body) = (Vec::new(), Vec::new());
        for piece in pieces {
            kept.extend_from_slice(piece);
            loop {
                let (consumed, answer) =
                    parser.advance(&kept, |bytes| body.extend_from_slice(bytes))?;
                kept.drain(..consumed);
                match answer {
                    Some(answer) => answers.push((answer.status, answer.closes)),
                    None => break,
                }
            }
        }
        assert!(kept.is_empty(), "left over: {kept:?}");
        Ok((answers, body))
    }

    fn expected() -> Parsed {
        let answers = vec![(200, false), (204, false), (500, false), (404, true)];
        (answers, b"hellowor\r\nld".to_vec())
    }

    #[test]
    fn a_whole_stream_gives_every_answer() {
        assert_eq!(parse(&[STREAM.as_bytes()]), Ok(expected()));
    }

    #[test]
    fn the_cut_between_two_reads_never_matters() {
        for cut in 0..=STREAM.len() {
            let (first, second) = STREAM.as_bytes().split_at(cut);
            assert_eq!(parse(&[first, second]), Ok(expected()), "cut at {cut}");
        }
    }

    #[test]
    fn pieces_of_any_size_give_the_same_answers() {
        for size in 1..=64 {
            let pieces: Vec<&[u8]> = STREAM.as_bytes().chunks(size).collect();
            assert_eq!(parse(&pieces), Ok(expected()), "pieces of {size}");
        }
    }

    #[test]
    fn a_wrong_chunk_is_refused() {
        for body in ["x\r\n", "\r\n", "3\r\nabcd\r\n", "+1\r\na\r\n", "-1\r\n"] {
            let stream = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
            assert!(parse(&[stream.as_bytes()]).is_err(), "{body:?}");
        }
    }
}
