//! Whoever has it sends on a connection.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use bytes::{Bytes, BytesMut};

use crate::codec::{Opcode, push_frame};
use crate::deflate::Packed;
use crate::link::{Link, Pushed};
use crate::{CloseCode, CloseFrame, Message, Overflow, WebSocketSettings};

/// Sends on one connection, from anywhere and for as long as you like. Cheap to clone.
///
/// What is sent waits in a queue of bounded size until the connection takes it; a parked connection is
/// woken for it.
#[derive(Clone)]
pub struct Sender(Arc<dyn Linked>);

/// What has a link.
pub(crate) trait Linked: Send + Sync {
    fn link(&self) -> &Link;
    fn settings(&self) -> &WebSocketSettings;
}

/// A message as it goes over the wire: made once, sent to many, and compressed once too unless a
/// connection takes over its window.
#[derive(Clone, Debug)]
pub struct Frame {
    plain: Bytes,
    packed: Packed,
}

/// Why a message was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// The queue is full.
    Full,
    /// The connection is closed, or about to be.
    Closed,
}

impl Sender {
    pub(crate) fn new(linked: Arc<dyn Linked>) -> Self {
        Self(linked)
    }

    /// Queues a message; where there is no room, [`Overflow`] says what becomes of it.
    ///
    /// # Errors
    /// If it will not be sent.
    pub async fn send(&self, message: impl Into<Message>) -> Result<(), SendError> {
        let frame = Frame::from(message.into());
        poll_fn(|cx| match self.try_send_frame(&frame) {
            Err(SendError::Full) if self.0.settings().overflow == Overflow::Wait => {
                self.0.link().wait_for_room(cx);
                // There may be room since.
                match self.try_send_frame(&frame) {
                    Err(SendError::Full) => Poll::Pending,
                    sent => Poll::Ready(sent),
                }
            }
            sent => Poll::Ready(sent),
        })
        .await
    }

    /// Queues a message, if there is room at once.
    ///
    /// # Errors
    /// If it will not be sent.
    pub fn try_send(&self, message: impl Into<Message>) -> Result<(), SendError> {
        self.try_send_frame(&Frame::from(message.into()))
    }

    /// [`try_send`](Self::try_send) for what is sent to many.
    ///
    /// # Errors
    /// If it will not be sent.
    pub fn try_send_frame(&self, frame: &Frame) -> Result<(), SendError> {
        let settings = self.0.settings();
        let link = self.0.link();
        let bytes = match &settings.deflate {
            Some(deflate) => frame.packed.of(&frame.plain, deflate, link.agreed()),
            None => frame.plain.clone(),
        };
        match link.push(&bytes, settings.max_queue) {
            Pushed::Taken => Ok(()),
            Pushed::Closed => Err(SendError::Closed),
            Pushed::Full => {
                if settings.overflow == Overflow::Close {
                    self.close(CloseCode::TRY_AGAIN_LATER, "the client reads too slowly");
                }
                Err(SendError::Full)
            }
        }
    }

    /// Notes that the connection is in one more channel, if its settings let it.
    pub(crate) fn join(&self) -> bool {
        self.0.link().join(self.0.settings().max_channels)
    }

    /// It is in one channel less.
    pub(crate) fn leave(&self) {
        self.0.link().leave();
    }

    /// Closes the connection, once what was sent before is there. A second call does nothing.
    pub fn close(&self, code: CloseCode, reason: &str) {
        self.0.link().close(CloseFrame::new(code, reason));
    }
}

impl PartialEq for Sender {
    /// Do both send on the same connection?
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Sender {}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender")
    }
}

impl From<Message> for Frame {
    fn from(message: Message) -> Self {
        let opcode = match message {
            Message::Text(_) => Opcode::Text,
            Message::Binary(_) => Opcode::Binary,
        };
        let mut bytes = BytesMut::new();
        push_frame(&mut bytes, opcode, false, message.as_bytes());
        Self { plain: bytes.freeze(), packed: Packed::default() }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the queue of the WebSocket is full: its client reads too slowly",
            Self::Closed => "the WebSocket is closed",
        })
    }
}

impl std::error::Error for SendError {}
