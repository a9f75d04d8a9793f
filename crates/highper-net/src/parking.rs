//! How quiet connections are parked.

use std::time::Duration;

/// How quiet connections are parked: what is left of one is a slot of 16 bytes and the socket in the
/// kernel.
///
/// A connection parks when its protocol says so (HTTP/1 does between two requests), nothing has
/// happened on it for a while, and nothing of it is buffered; and it begins parked, if its protocol
/// waits for the client to speak first. The next byte brings it back, on the same worker.
///
/// # Example
/// ```
/// use std::time::Duration;
/// use highper_net::{Parking, Server};
///
/// let parking = Parking { quiet_time: Duration::from_millis(200), ..Parking::default() };
/// let builder = Server::builder().listen("127.0.0.1:8080").parking(parking);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parking {
    /// How long a connection is quiet before it parks: between this and twice as long, 10 ms to 1 s.
    /// Default: 1 s.
    ///
    /// A client that asks again sooner finds everything as it left it; one that takes longer costs
    /// some microseconds to take up again.
    pub quiet_time: Duration,
    /// How many connections a worker keeps unparked although they are quiet; of more, those quiet
    /// for longest park without waiting for the quiet time. Default: 64.
    ///
    /// It bounds the memory that a burst of short requests on many connections can take: about
    /// 12 KB each.
    pub max_hot: usize,
    /// How many connections of a worker may be parked at once. One that would park beyond it is
    /// closed, which HTTP/1.1 allows at any time (RFC 9112, section 9.5). Default: 2^31.
    pub max_parked: usize,
}

impl Default for Parking {
    fn default() -> Self {
        Self { quiet_time: Duration::from_secs(1), max_hot: 64, max_parked: 1 << 31 }
    }
}

/// How long a protocol lets its connections be parked. See [`Serve::parked_timeouts`].
///
/// They are kept coarsely: a connection is closed at the latest an eighth of the shorter one after
/// its time.
///
/// [`Serve::parked_timeouts`]: crate::Serve::parked_timeouts
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParkedTimeouts {
    /// For a connection that has not sent a byte.
    pub first_byte: Duration,
    /// For one that has.
    pub idle: Duration,
}
