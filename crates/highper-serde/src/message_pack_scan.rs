//! Checks a MessagePack document before anything is built from it.

use std::fmt;

use rmp::Marker;

use crate::message_pack_codec::MAX_MESSAGE_PACK_DEPTH;

/// Why bytes are not one MessagePack document. Places are byte offsets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    Empty,
    /// What stands at `at` needs more bytes than there are.
    Ends {
        at: usize,
    },
    /// An array or map has more values than bytes follow.
    Announces {
        at: usize,
        values: u64,
        left: usize,
    },
    /// 0xc1, which the format never uses.
    Reserved {
        at: usize,
    },
    TooDeep {
        at: usize,
    },
    Follows {
        end: usize,
        length: usize,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is no body"),
            Self::Ends { at } => write!(f, "the value at byte {at} is cut short"),
            Self::Announces { at, values, left } => {
                write!(f, "byte {at} announces {values} values and {left} bytes follow")
            }
            Self::Reserved { at } => write!(f, "byte {at} is 0xc1, which begins no value"),
            Self::TooDeep { at } => {
                write!(f, "more than {MAX_MESSAGE_PACK_DEPTH} levels of nesting at byte {at}")
            }
            Self::Follows { end, length } => {
                write!(f, "the document ends at byte {end} of {length}")
            }
        }
    }
}

/// Walks over one document without recursion and without memory of its own.
pub(crate) fn check(bytes: &[u8]) -> Result<(), Problem> {
    let mut scan = Scan { bytes, at: 0 };
    // How many values are still to come on each level.
    let mut pending = [0_u64; MAX_MESSAGE_PACK_DEPTH];
    let mut depth = 0;
    if bytes.is_empty() {
        return Err(Problem::Empty);
    }
    loop {
        let at = scan.at;
        let values = scan.value()?;
        if values > 0 {
            let left = bytes.len() - scan.at;
            // A value takes at least a byte.
            if values > left as u64 {
                return Err(Problem::Announces { at, values, left });
            }
            *pending.get_mut(depth).ok_or(Problem::TooDeep { at })? = values;
            depth += 1;
            continue;
        }
        while depth > 0 {
            pending[depth - 1] -= 1;
            if pending[depth - 1] > 0 {
                break;
            }
            depth -= 1;
        }
        if depth == 0 {
            break;
        }
    }
    if scan.at < bytes.len() {
        return Err(Problem::Follows { end: scan.at, length: bytes.len() });
    }
    Ok(())
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    /// Passes one value, or the head of an array or map: then how many values are inside.
    fn value(&mut self) -> Result<u64, Problem> {
        let start = self.at;
        let marker = Marker::from_u8(self.number(start, 1)? as u8);
        let (length, values) = match marker {
            Marker::FixPos(_) | Marker::FixNeg(_) | Marker::Null | Marker::False | Marker::True => {
                (0, 0)
            }
            Marker::U8 | Marker::I8 => (1, 0),
            Marker::U16 | Marker::I16 | Marker::FixExt1 => (2, 0),
            Marker::FixExt2 => (3, 0),
            Marker::U32 | Marker::I32 | Marker::F32 => (4, 0),
            Marker::FixExt4 => (5, 0),
            Marker::U64 | Marker::I64 | Marker::F64 => (8, 0),
            Marker::FixExt8 => (9, 0),
            Marker::FixExt16 => (17, 0),
            Marker::FixStr(length) => (u64::from(length), 0),
            Marker::Str8 | Marker::Bin8 => (self.number(start, 1)?, 0),
            Marker::Str16 | Marker::Bin16 => (self.number(start, 2)?, 0),
            Marker::Str32 | Marker::Bin32 => (self.number(start, 4)?, 0),
            // One byte for the type of the extension.
            Marker::Ext8 => (self.number(start, 1)? + 1, 0),
            Marker::Ext16 => (self.number(start, 2)? + 1, 0),
            Marker::Ext32 => (self.number(start, 4)? + 1, 0),
            Marker::FixArray(values) => (0, u64::from(values)),
            Marker::Array16 => (0, self.number(start, 2)?),
            Marker::Array32 => (0, self.number(start, 4)?),
            Marker::FixMap(pairs) => (0, 2 * u64::from(pairs)),
            Marker::Map16 => (0, 2 * self.number(start, 2)?),
            Marker::Map32 => (0, 2 * self.number(start, 4)?),
            Marker::Reserved => return Err(Problem::Reserved { at: start }),
        };
        self.skip(start, length)?;
        Ok(values)
    }

    /// A big-endian number of `width` bytes, at most eight.
    fn number(&mut self, start: usize, width: usize) -> Result<u64, Problem> {
        let from = self.at;
        self.skip(start, width as u64)?;
        let bytes = &self.bytes[from..self.at];
        Ok(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn skip(&mut self, start: usize, length: u64) -> Result<(), Problem> {
        let left = (self.bytes.len() - self.at) as u64;
        if length > left {
            return Err(Problem::Ends { at: start });
        }
        self.at += length as usize;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value_is_passed_over() {
        let document: &[&[u8]] = &[
            b"\xdc\x00\x1b",
            b"\x01\xff\xc0\xc2\xc3",
            b"\xcc\x01\xd0\x01\xcd\x00\x01\xd1\x00\x01",
            b"\xce\x00\x00\x00\x01\xd2\x00\x00\x00\x01\xca\x00\x00\x00\x01",
            b"\xcf\x00\x00\x00\x00\x00\x00\x00\x01\xd3\x00\x00\x00\x00\x00\x00\x00\x01",
            b"\xcb\x00\x00\x00\x00\x00\x00\x00\x01",
            b"\xa1a\xd9\x01a\xda\x00\x01a\xdb\x00\x00\x00\x01a\xc4\x01a",
            b"\xd4\x05a\xc7\x01\x05a\xd6\x05aaaa",
            b"\x81\x01\x90\xde\x00\x01\x01\x80\xdf\x00\x00\x00\x00\xdd\x00\x00\x00\x01\x01",
        ];
        assert_eq!(check(&document.concat()), Ok(()));
    }

    #[test]
    fn every_prefix_of_a_document_is_cut_short() {
        let document = b"\x82\xa5title\xa4Dune\xa5pages\x92\xcd\x01\x9c\xcb\0\0\0\0\0\0\0\0";
        assert_eq!(check(document), Ok(()));
        for length in 0..document.len() {
            assert!(check(&document[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn the_deepest_allowed_document_passes_and_one_level_more_does_not() {
        let mut document = vec![0x91; MAX_MESSAGE_PACK_DEPTH];
        document.push(0x01);
        assert_eq!(check(&document), Ok(()));
        document.insert(0, 0x91);
        assert_eq!(check(&document), Err(Problem::TooDeep { at: MAX_MESSAGE_PACK_DEPTH }));
    }
}
