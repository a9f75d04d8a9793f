//! Messages in fewer bytes: permessage-deflate (RFC 7692).

mod settings;

mod offer;

mod plain;

mod inflater;

mod deflater;

mod packed;

mod coders;

pub(crate) use self::coders::{Coders, Kept};
pub(crate) use self::deflater::Deflater;
pub(crate) use self::inflater::Inflater;
pub(crate) use self::offer::Agreed;
pub(crate) use self::packed::Packed;
pub use self::settings::Deflate;

/// What a flush ends with, and goes over the wire with no message (RFC 7692, section 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];
