//! Why a WebSocket is closed (RFC 6455, section 7.4).

use std::fmt;

/// Why a WebSocket is closed: one of the registered codes, or one of an application (3000 to 4999).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CloseCode(u16);

impl CloseCode {
    /// All is done.
    pub const NORMAL: Self = Self(1000);
    /// This end goes away: the server ends, the page is left.
    pub const GOING_AWAY: Self = Self(1001);
    /// The other end breaks the protocol.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// A kind of data that this end does not take.
    pub const UNSUPPORTED: Self = Self(1003);
    /// Data that is not what it says it is, as text that is not UTF-8.
    pub const INVALID_DATA: Self = Self(1007);
    /// Something that this end does not allow.
    pub const POLICY: Self = Self(1008);
    /// A message that is too large.
    pub const TOO_LARGE: Self = Self(1009);
    /// This end has failed.
    pub const INTERNAL_ERROR: Self = Self(1011);
    /// Come again later.
    pub const TRY_AGAIN_LATER: Self = Self(1013);

    /// A code that may be sent.
    ///
    /// # Errors
    /// None for one that is reserved, or stands only for what was seen (1005, 1006, 1015).
    ///
    /// # Example
    /// ```
    /// # use highper_ws::CloseCode;
    /// assert_eq!(CloseCode::new(1000), Some(CloseCode::NORMAL));
    /// assert_eq!(CloseCode::new(1005), None);
    /// ```
    #[must_use]
    pub const fn new(code: u16) -> Option<Self> {
        match code {
            1000..=1003 | 1007..=1014 | 3000..=4999 => Some(Self(code)),
            _ => None,
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a close frame says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseFrame {
    /// Why.
    pub code: CloseCode,
    /// The same for people, up to [`MAX_REASON`](Self::MAX_REASON) bytes.
    pub reason: String,
}

impl CloseFrame {
    /// What fits into a control frame beside the code.
    pub const MAX_REASON: usize = 123;

    /// A reason that is too long is cut, between two characters.
    #[must_use]
    pub fn new(code: CloseCode, reason: &str) -> Self {
        let reason = reason[..reason.floor_char_boundary(Self::MAX_REASON)].to_owned();
        Self { code, reason }
    }

    pub(crate) fn payload(&self) -> Vec<u8> {
        [&self.code.get().to_be_bytes()[..], self.reason.as_bytes()].concat()
    }

    /// None where it says nothing.
    pub(crate) fn parse(payload: &[u8]) -> Result<Option<Self>, (CloseCode, &'static str)> {
        let (code, reason) = match payload {
            [] => return Ok(None),
            [_] => return Err((CloseCode::PROTOCOL_ERROR, "a close frame of one byte")),
            [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
        };
        let code = CloseCode::new(code)
            .ok_or((CloseCode::PROTOCOL_ERROR, "a close code that may not be sent"))?;
        match str::from_utf8(reason) {
            Ok(reason) => Ok(Some(Self { code, reason: reason.to_owned() })),
            Err(_) => Err((CloseCode::INVALID_DATA, "a close reason that is not UTF-8")),
        }
    }
}
