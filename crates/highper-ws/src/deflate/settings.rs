//! How messages are compressed.

/// How messages are compressed, for clients that offer it (RFC 7692). Of the feature `deflate`.
///
/// By default each message is compressed by itself: nothing is kept of a quiet connection, and what is
/// sent to many is compressed once. An end that takes its window over makes of many small messages that
/// are alike still fewer bytes, and costs memory for as long as the connection lives.
///
/// # Example
/// ```
/// use highper_ws::{Deflate, WebSocketSettings};
///
/// let mut deflate = Deflate::default();
/// deflate.threshold = 256;
/// let mut settings = WebSocketSettings::default();
/// settings.deflate = Some(deflate);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Deflate {
    /// From 1, the fastest, to 9, the smallest. Default: 2.
    pub level: u8,
    /// Messages of fewer bytes are sent as they are, from 1. Default: 1,024: what fits a packet as it is.
    pub threshold: usize,
    /// May the server refer to its messages before? Each of its connections keeps some 300 KiB then, once
    /// a message was compressed, parked or not; and what goes to many is compressed for each. A client
    /// may ask for no takeover. Default: no.
    pub server_takeover: bool,
    /// May a client refer to its messages before? Each connection keeps up to 50 KiB then, once such a
    /// message has come, parked or not. Default: no.
    pub client_takeover: bool,
    /// How far back either end may refer, in powers of two, from 9 (512 bytes) to 15 (32 KiB). Clients
    /// that cannot be told so use 15. Default: 15.
    pub window_bits: u8,
}

impl Deflate {
    /// What zlib can: it has no window of 8 bits.
    pub(super) const WINDOWS: std::ops::RangeInclusive<u8> = 9..=15;

    pub(super) fn window(&self) -> u8 {
        self.window_bits.clamp(*Self::WINDOWS.start(), *Self::WINDOWS.end())
    }
}

impl Default for Deflate {
    fn default() -> Self {
        Self {
            level: 2,
            threshold: 1024,
            server_takeover: false,
            client_takeover: false,
            window_bits: 15,
        }
    }
}
