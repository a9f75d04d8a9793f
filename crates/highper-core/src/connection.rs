//! Where a request came from.

use std::net::SocketAddr;

/// Both ends of the connection that a request came by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The address of the peer as the socket tells it; not read from any header.
    pub peer: SocketAddr,
    /// The address it connected to.
    pub local: SocketAddr,
}
