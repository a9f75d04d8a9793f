//! A client's messages, inflated.

use std::cell::RefCell;

use flate2::{Decompress, FlushDecompress, Status};

use super::{Agreed, Deflate, TAIL};
use crate::CloseCode;
use crate::codec::{Decoder, Violation};

/// Inflates the messages of one client.
#[derive(Debug)]
pub(crate) struct Inflater {
    agreed: Agreed,
    /// What came before, where the client refers to it.
    kept: Option<Decompress>,
}

thread_local! {
    /// For messages that stand alone: it is not made anew for each.
    static SHARED: RefCell<Decompress> = RefCell::new(Decompress::new(false));
}

impl Inflater {
    pub(crate) fn new(agreed: Agreed) -> Self {
        Self { agreed, kept: None }
    }

    /// Is there something that the next message may refer to?
    pub(super) fn keeps(&self) -> bool {
        self.kept.is_some()
    }

    /// The message, if it has at most `most` bytes; what exceeds that is not even inflated.
    pub(crate) fn inflate(&mut self, bytes: &[u8], most: usize) -> Result<Vec<u8>, Violation> {
        if self.agreed.client_takes_over {
            let window = self.agreed.client_window.max(*Deflate::WINDOWS.start());
            let make = || Decompress::new_with_window_bits(false, window);
            return inflate(self.kept.get_or_insert_with(make), bytes, most);
        }
        SHARED.with_borrow_mut(|shared| {
            shared.reset(false);
            inflate(shared, bytes, most)
        })
    }
}

impl Decoder {
    /// For a client that may compress its messages, and refer to those before if `client_takeover`. Of the
    /// feature `deflate`.
    ///
    /// # Example
    /// ```
    /// use bytes::BytesMut;
    /// use highper_ws::{Decoded, Decoder, Message};
    ///
    /// let mut decoder = Decoder::inflating(1024, false);
    /// let payload = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0];
    /// let mut input = BytesMut::from(&[&[0xc1, 0x87, 0, 0, 0, 0], &payload[..]].concat()[..]);
    /// let decoded = decoder.decode(&mut input).unwrap();
    /// assert_eq!(decoded, Some(Decoded::Message(Message::from("Hello"))));
    /// ```
    #[must_use]
    pub fn inflating(max_message: usize, client_takeover: bool) -> Self {
        let agreed = Agreed {
            server_takes_over: false,
            client_takes_over: client_takeover,
            server_window: *Deflate::WINDOWS.end(),
            client_window: *Deflate::WINDOWS.end(),
        };
        Self::with(max_message, Some(Inflater::new(agreed)))
    }
}

fn inflate(by: &mut Decompress, bytes: &[u8], most: usize) -> Result<Vec<u8>, Violation> {
    let mut out = Vec::new();
    for mut rest in [bytes, &TAIL] {
        loop {
            if out.len() == out.capacity() {
                // Twice as much, or what is just too much.
                let more = out.len().max(bytes.len()).max(LEAST);
                out.reserve_exact(more.min(most.saturating_add(1) - out.len()));
            }
            let (taken, given) = (by.total_in(), out.len());
            let status = by
                .decompress_vec(rest, &mut out, FlushDecompress::None)
                .map_err(|_| NOT_DEFLATED)?;
            let used = (by.total_in() - taken) as usize;
            rest = &rest[used..];
            if out.len() > most {
                return Err(Violation::new(CloseCode::TOO_LARGE, "a message that is too large"));
            }
            if status == Status::StreamEnd {
                // Another one may follow (RFC 7692, section 7.2.3.4).
                by.reset(false);
            } else if used == 0 && out.len() == given && !rest.is_empty() {
                return Err(NOT_DEFLATED);
            }
            if rest.is_empty() && out.len() < out.capacity() {
                break;
            }
        }
    }
    Ok(out)
}

/// So much room is made for any message.
const LEAST: usize = 64;

const NOT_DEFLATED: Violation =
    Violation::new(CloseCode::INVALID_DATA, "a compressed message that cannot be inflated");
