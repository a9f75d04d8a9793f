//! Frames of RFC 6455: bytes in, messages out, and back. No sockets and no clock.

mod close;

mod decoder;

mod header;

mod mask;

pub use self::close::{CloseCode, CloseFrame};
pub(crate) use self::decoder::Counts;
pub use self::decoder::{Decoded, Decoder, Violation};
pub(crate) use self::header::{Opcode, push_frame};
