//! What a WebSocket may do.

use std::time::Duration;

use crate::Deflate;

/// What a WebSocket may do, and who may open one.
///
/// # Example
/// ```
/// use highper_ws::{Overflow, WebSocketSettings};
///
/// let mut settings = WebSocketSettings::default();
/// settings.max_message = 4 * 1024;
/// settings.overflow = Overflow::Close;
/// settings.origins = Some(vec!["https://shop.example".to_owned()]);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WebSocketSettings {
    /// The most bytes of a message, however many frames it has; a larger one closes with 1009. Default:
    /// 1 MiB.
    pub max_message: usize,
    /// The most bytes that wait to be sent on one connection, from 1. Default: 256 KiB.
    pub max_queue: usize,
    /// What becomes of a message for which there is no room. Default: whoever sends it waits.
    pub overflow: Overflow,
    /// The most messages that a client may send in a second; more close with 1008. Default: no limit.
    pub message_rate: Option<u32>,
    /// The most pings, pongs and closes that a client may send in a second; more close with 1008.
    /// Default: 100.
    pub control_rate: u32,
    /// The most frames of any kind that a client may send in a second, those that continue a message
    /// and are empty too; more close with 1008. Default: 100,000.
    pub frame_rate: u32,
    /// The most bytes that a client may send in a second, from 16,384, which may come at once; more close
    /// with 1008. What inflating adds to a message counts too. Default: no limit.
    pub byte_rate: Option<u64>,
    /// A ping is sent after so long without a byte from the client, and where so long after it there is
    /// still none the connection is closed. A parked connection is pinged each time that the server's
    /// idle time is over instead. Default: 30 s.
    pub heartbeat: Duration,
    /// How long the other end may take to answer a close. Default: 5 s.
    pub close_timeout: Duration,
    /// The origins of pages that may connect, as `https://shop.example`. None: those that have the
    /// request's host, against cross-site hijacking. Programs that are no browsers send no origin and may
    /// always connect.
    pub origins: Option<Vec<String>>,
    /// The subprotocols that are spoken, the best first. The first that the client offers is chosen.
    pub protocols: Vec<String>,
    /// The most channels that one connection may be in at once; for more than that
    /// [`Channels::join`](crate::Channels::join) fails. Default: 128.
    pub max_channels: u32,
    /// How messages are compressed for clients that offer it (RFC 7692). Default: they are not.
    pub deflate: Option<Deflate>,
}

/// What becomes of a message for which there is no room in the queue of its connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overflow {
    /// Whoever sends it waits.
    #[default]
    Wait,
    /// It is not sent: [`SendError::Full`](crate::SendError::Full).
    Drop,
    /// The connection is closed, with 1013: a client that is too slow may come again.
    Close,
}

impl Default for WebSocketSettings {
    fn default() -> Self {
        Self {
            max_message: 1024 * 1024,
            max_queue: 256 * 1024,
            overflow: Overflow::default(),
            message_rate: None,
            control_rate: 100,
            frame_rate: 100_000,
            byte_rate: None,
            heartbeat: Duration::from_secs(30),
            close_timeout: Duration::from_secs(5),
            origins: None,
            protocols: Vec::new(),
            max_channels: 128,
            deflate: None,
        }
    }
}
