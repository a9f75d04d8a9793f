//! Every limit and time-out of an HTTP connection, by name.

use std::time::Duration;

use highper_core::DEFAULT_BODY_LIMIT;

/// Every limit and time-out of an HTTP connection. How many connections there may be, in all and for
/// each address, is the business of the listener: see [`highper_net::ServerBuilder`].
///
/// # Example
/// ```
/// # use highper_http::Limits;
/// # use std::time::Duration;
/// let limits = Limits { body_size: 10 * 1024 * 1024, idle_timeout: Duration::from_secs(15), ..Limits::default() };
/// assert_eq!(limits.header_count, 100);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of a request's head: request line, header fields and line ends. More is a 431.
    /// Default: 32 KiB.
    pub header_size: usize,
    /// The most header fields, 100 at the most. More is a 431. Default: 100.
    pub header_count: usize,
    /// The most bytes of a request's target, 65,534 at the most. More is a 414. Default: 8 KiB.
    pub target_size: usize,
    /// The most bytes of a request's body where the application does not raise it. More is a 413.
    /// Default: 128 KiB.
    pub body_size: u64,
    /// How long a peer may take to agree upon TLS, from its connection on. Then the connection ends.
    /// Default: 10 s.
    pub handshake_timeout: Duration,
    /// How long a head may take from its first byte to its last. Then: 408. Default: 10 s.
    pub header_timeout: Duration,
    /// How long a body may bring no byte. Then: 408. Default: 15 s.
    pub body_timeout: Duration,
    /// The fewest bytes a second of a body, on average over the time in which the handler waits for
    /// it. Slower is a 408; 0 is no limit. Default: 240.
    pub body_rate: u32,
    /// For how long a handler may wait for a body, all in all, before its rate counts. Default: 5 s.
    pub body_grace: Duration,
    /// How long a peer may take no byte of an answer. Then the connection ends. Default: 30 s.
    pub write_timeout: Duration,
    /// How long a handler may take to begin its answer, its waiting for a place among
    /// [`concurrent_requests`](Self::concurrent_requests) included. Then it is dropped and 503
    /// answered. Default: 30 s.
    pub request_timeout: Duration,
    /// The most requests in handlers at once, of all connections of the process, at least 1. The
    /// others wait, first come, first served, and their connections are not read meanwhile; for
    /// whoever waits too long it is the [`request_timeout`](Self::request_timeout) that ends, with a
    /// 503. A request counts until its handler has answered, and one that is answered with a stream
    /// until that ends: leave room for event streams. Default: no limit.
    pub concurrent_requests: Option<usize>,
    /// How long a connection may be open without a byte. Default: 60 s.
    pub first_byte_timeout: Duration,
    /// How long a connection may be quiet between two requests. Default: 60 s.
    pub idle_timeout: Duration,
    /// How long a handler may go on once the peer has finished writing. It may be gone, which TCP does
    /// not tell, or have shut down its writing half and wait for the answer. Then the connection
    /// ends and the handler is dropped. One whose connection was reset is dropped at once.
    /// Default: 900 ms.
    pub half_close_timeout: Duration,
    /// The most requests of a connection. The last answer says that the connection ends. With this
    /// limit, or that of the age, HTTP/1 connections do not park: a slot has no room for either.
    /// Default: no limit.
    pub connection_requests: Option<u32>,
    /// How old a connection may be. The first answer after that says that the connection ends: with
    /// several servers behind one name, so do clients come to a new one. Default: no limit.
    pub connection_age: Option<Duration>,
    /// The most requests at once on an HTTP/2 connection. Default: 100.
    pub h2_streams: u32,
    /// How often the peer of an HTTP/2 connection may reset a stream in 10 s. Then the connection ends.
    /// Raise it behind a proxy that sends the requests of many users on one connection.
    /// Default: 1000.
    pub h2_resets: u32,
    /// The flow-control window of an HTTP/2 stream, in bytes. Default: 64 KiB.
    pub h2_stream_window: u32,
    /// The flow-control window of an HTTP/2 connection, in bytes. Default: 1 MiB.
    pub h2_connection_window: u32,
}

impl Limits {
    /// The shortest of the time-outs: how often a connection has to look at its clock.
    pub(crate) fn shortest_timeout(&self) -> Duration {
        [
            self.header_timeout,
            self.body_timeout,
            self.write_timeout,
            self.request_timeout,
            self.idle_timeout,
            self.half_close_timeout,
        ]
        .into_iter()
        .min()
        .unwrap_or(self.idle_timeout)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_size: 32 * 1024,
            header_count: MAX_HEADER_COUNT,
            target_size: 8 * 1024,
            body_size: DEFAULT_BODY_LIMIT,
            handshake_timeout: Duration::from_secs(10),
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(15),
            body_rate: 240,
            body_grace: Duration::from_secs(5),
            write_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(30),
            concurrent_requests: None,
            first_byte_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(60),
            half_close_timeout: Duration::from_millis(900),
            connection_requests: None,
            connection_age: None,
            h2_streams: 100,
            h2_resets: 1000,
            h2_stream_window: 64 * 1024,
            h2_connection_window: 1024 * 1024,
        }
    }
}

/// hyper parses up to this many header fields without allocating.
pub(crate) const MAX_HEADER_COUNT: usize = 100;

/// As much as a [`http::Uri`] holds.
pub(crate) const MAX_TARGET_SIZE: usize = 65_534;
