//! What whoever owns a driver is to do.

use crate::{CloseFrame, Message};

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Step {
    Message(Message),
    /// The server ends: told once.
    Drain,
    /// The connection is to be parked.
    Park,
    /// It is over; why, where that was told.
    Ended(Option<CloseFrame>),
}
