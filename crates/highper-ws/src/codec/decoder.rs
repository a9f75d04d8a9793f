//! From a client's bytes to messages.

use bytes::{Buf, Bytes, BytesMut};

use super::close::{CloseCode, CloseFrame};
use super::header::{self, Header, Opcode};
use super::mask;
use crate::Message;
use crate::deflate::Inflater;

/// Takes a client's bytes apart: frames of RFC 6455, of which a message may be several.
///
/// Nothing of it is needed between two messages: see [`is_idle`](Self::is_idle).
#[derive(Debug)]
pub struct Decoder {
    max_message: usize,
    /// Where compression was agreed on.
    inflater: Option<Inflater>,
    /// The frame whose payload is read, and how much of that was.
    frame: Option<(Header, usize)>,
    /// The message that came in pieces so far.
    message: Option<Partial>,
    /// The control frame that came in pieces so far.
    control: BytesMut,
    counts: Counts,
}

/// What was decoded, whether anything came of it or not.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    /// Frames of any kind.
    pub(crate) frames: u32,
    /// What messages have grown by when they were inflated.
    pub(crate) inflated: usize,
}

#[derive(Debug)]
struct Partial {
    is_text: bool,
    is_compressed: bool,
    bytes: BytesMut,
    /// So much of it was found to be UTF-8.
    checked: usize,
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decoded {
    /// A message.
    Message(Message),
    /// It wants a pong with this.
    Ping(Bytes),
    /// The answer to a ping.
    Pong(Bytes),
    /// The end; why, where that is told.
    Close(Option<CloseFrame>),
}

/// What the client did that it may not: the code to close with, and what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The code to close with.
    pub code: CloseCode,
    /// What it was.
    pub what: &'static str,
}

impl Violation {
    pub(crate) const fn new(code: CloseCode, what: &'static str) -> Self {
        Self { code, what }
    }

    const fn protocol(what: &'static str) -> Self {
        Self::new(CloseCode::PROTOCOL_ERROR, what)
    }
}

impl Decoder {
    /// Messages, whole, have at most `max_message` bytes.
    #[must_use]
    pub fn new(max_message: usize) -> Self {
        Self::with(max_message, None)
    }

    /// For a connection on which messages may come compressed.
    pub(crate) fn with(max_message: usize, inflater: Option<Inflater>) -> Self {
        Self {
            max_message,
            inflater,
            frame: None,
            message: None,
            control: BytesMut::new(),
            counts: Counts::default(),
        }
    }

    /// What inflates, for another decoder of the connection.
    pub(crate) fn into_inflater(self) -> Option<Inflater> {
        self.inflater
    }

    /// What was decoded since this was asked last.
    pub(crate) fn take_counts(&mut self) -> Counts {
        std::mem::take(&mut self.counts)
    }

    /// Is nothing begun? Then a new decoder does as well.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.frame.is_none() && self.message.is_none()
    }

    /// The next that `input` holds, whose bytes are taken out; None where more are needed.
    ///
    /// # Errors
    /// What the client did that it may not. Nothing may be read after it.
    ///
    /// # Example
    /// ```
    /// use bytes::BytesMut;
    /// use highper_ws::{Decoded, Decoder, Message};
    ///
    /// let mut decoder = Decoder::new(1024);
    /// let mut input = BytesMut::from(&[0x81, 0x82, 0, 0, 0, 0, b'h', b'i'][..]);
    /// let decoded = decoder.decode(&mut input).unwrap();
    /// assert_eq!(decoded, Some(Decoded::Message(Message::from("hi"))));
    /// ```
    pub fn decode(&mut self, input: &mut BytesMut) -> Result<Option<Decoded>, Violation> {
        loop {
            let (header, read) = match self.frame {
                Some(frame) => frame,
                None => match header::parse(input).map_err(Violation::protocol)? {
                    None => return Ok(None),
                    Some((header, used)) => {
                        self.check(&header)?;
                        input.advance(used);
                        self.counts.frames = self.counts.frames.saturating_add(1);
                        (header, 0)
                    }
                },
            };
            // The check has seen that it fits.
            let missing = header.length as usize - read;
            // The buffer itself where nothing follows: to split it would share it, which allocates.
            let mut piece = match input.len() <= missing {
                true => std::mem::take(input),
                false => input.split_to(missing),
            };
            mask::apply(&mut piece, header.key, read);
            let is_whole = piece.len() == missing;
            self.frame = (!is_whole).then_some((header, read + piece.len()));
            if let Some(decoded) = self.take(header, piece, is_whole)? {
                return Ok(Some(decoded));
            }
            if !is_whole {
                return Ok(None);
            }
        }
    }

    /// What is wrong with a frame that its head tells already.
    fn check(&self, header: &Header) -> Result<(), Violation> {
        if header.opcode.is_control() {
            return Ok(());
        }
        let is_first = header.opcode != Opcode::Continuation;
        if header.is_compressed && (!is_first || self.inflater.is_none()) {
            return Err(Violation::protocol("a compressed frame, which was not agreed on"));
        }
        let (is_compressed, before) = match (&self.message, is_first) {
            (None, true) => (header.is_compressed, 0),
            (Some(partial), false) => (partial.is_compressed, partial.bytes.len()),
            (Some(_), true) => {
                return Err(Violation::protocol("a message within another one"));
            }
            (None, false) => {
                return Err(Violation::protocol("the continuation of no message"));
            }
        };
        let most = match is_compressed {
            true => compressed_bound(self.max_message),
            false => self.max_message,
        };
        let room = most.saturating_sub(before);
        match header.length <= room as u64 {
            true => Ok(()),
            false => Err(Violation::new(CloseCode::TOO_LARGE, "a message that is too large")),
        }
    }

    /// Takes in a piece of a payload.
    fn take(
        &mut self,
        header: Header,
        piece: BytesMut,
        is_whole: bool,
    ) -> Result<Option<Decoded>, Violation> {
        if header.opcode.is_control() {
            return self.control(header.opcode, piece, is_whole);
        }
        let is_last = is_whole && header.is_final;
        let partial = match self.message.take() {
            None => {
                let is_text = header.opcode == Opcode::Text;
                let is_compressed = header.is_compressed;
                Partial { is_text, is_compressed, bytes: piece, checked: 0 }
            }
            Some(mut partial) => {
                partial.bytes.extend_from_slice(&piece);
                partial
            }
        };
        if is_last {
            return self.whole(partial).map(Some);
        }
        self.message = Some(partial.checked()?);
        Ok(None)
    }

    fn whole(&mut self, partial: Partial) -> Result<Decoded, Violation> {
        let bytes = match &mut self.inflater {
            Some(inflater) if partial.is_compressed => {
                let inflated = inflater.inflate(&partial.bytes, self.max_message)?;
                self.counts.inflated += inflated.len().saturating_sub(partial.bytes.len());
                inflated.into()
            }
            _ => partial.bytes.freeze(),
        };
        let message = match partial.is_text {
            true => Message::text(bytes).ok_or(NOT_UTF8)?,
            false => Message::Binary(bytes),
        };
        Ok(Decoded::Message(message))
    }

    fn control(
        &mut self,
        opcode: Opcode,
        piece: BytesMut,
        is_whole: bool,
    ) -> Result<Option<Decoded>, Violation> {
        if !is_whole {
            self.control.extend_from_slice(&piece);
            return Ok(None);
        }
        let payload = match self.control.is_empty() {
            true => piece.freeze(),
            false => {
                self.control.extend_from_slice(&piece);
                self.control.split().freeze()
            }
        };
        Ok(Some(match opcode {
            Opcode::Ping => Decoded::Ping(payload),
            Opcode::Pong => Decoded::Pong(payload),
            _ => Decoded::Close(
                CloseFrame::parse(&payload).map_err(|(code, what)| Violation::new(code, what))?,
            ),
        }))
    }
}

impl Partial {
    /// Text is checked as it comes: what can no longer become UTF-8 is refused at once. If compressed, it
    /// is once it is whole.
    fn checked(mut self) -> Result<Self, Violation> {
        if self.is_text
            && !self.is_compressed
            && let Err(error) = str::from_utf8(&self.bytes[self.checked..])
        {
            if error.error_len().is_some() {
                return Err(NOT_UTF8);
            }
            self.checked += error.valid_up_to();
        } else {
            self.checked = self.bytes.len();
        }
        Ok(self)
    }
}

/// No compressor makes more of a message than this (zlib's `deflateBound`, at its worst).
const fn compressed_bound(length: usize) -> usize {
    length.saturating_add(length / 8).saturating_add(64)
}

const NOT_UTF8: Violation = Violation::new(CloseCode::INVALID_DATA, "text that is not UTF-8");
