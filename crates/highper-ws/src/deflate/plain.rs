//! A frame that is not compressed yet.

use crate::codec::Opcode;

/// What a whole frame of the server is and holds.
pub(super) fn opened(frame: &[u8]) -> (Opcode, &[u8]) {
    let [first, second, ..] = *frame else { return (Opcode::Binary, &[]) };
    let start = match second {
        126 => 4,
        127 => 10,
        _ => 2,
    };
    let opcode = if first & 0x0f == Opcode::Text as u8 { Opcode::Text } else { Opcode::Binary };
    (opcode, &frame[start..])
}
