//! What a run of the generator does.

use std::{net::SocketAddr, time::Duration};

use crate::{Fields, LoadError};

/// One run: where to, what for, how hard and how long.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The server; a loopback address.
    pub address: SocketAddr,
    /// The target of every request, `/plaintext` for one.
    pub path: String,
    /// What every request carries beside its target.
    pub fields: Fields,
    /// Connections held open for the whole run, at least 1.
    pub connections: usize,
    /// Requests in flight on each connection, at least 1.
    pub pipeline: usize,
    /// How long new requests are sent, at most; the answers still due are waited for, up to a
    /// second.
    pub duration: Duration,
    /// When the next request is sent.
    pub pace: Pace,
}

/// When the next request is sent.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// As soon as all answers of the connection have come: shows the server's throughput.
    ClosedLoop,
    /// The same until exactly so many requests were sent: for counting what each costs. Those still
    /// to be sent when the duration is over are not.
    Counted {
        /// Over all connections, at least 1.
        requests: u64,
    },
    /// So many requests, where each connection pauses between an answer and its next request: for
    /// counting what it costs to take up a connection again that was at rest.
    Pausing {
        /// Over all connections, at least 1.
        requests: u64,
        /// Between an answer and the next request.
        pause: Duration,
    },
    /// At fixed moments, whatever the server does: shows its latency under a given load.
    Fixed {
        /// Requests per second over all connections, at least 1.
        per_second: u64,
    },
}

impl Plan {
    pub(crate) fn check(&self) -> Result<(), LoadError> {
        check_loopback(self.address)?;
        for (name, value) in [("connections", self.connections), ("pipeline", self.pipeline)] {
            if value == 0 {
                return Err(LoadError::new(format!("`{name}` must be at least 1")));
            }
        }
        if matches!(self.pace, Pace::Fixed { per_second: 0 }) {
            return Err(LoadError::new("the rate must be at least 1 request per second"));
        }
        if let Pace::Counted { requests: 0 } | Pace::Pausing { requests: 0, .. } = self.pace {
            return Err(LoadError::new("the number of requests must be at least 1"));
        }
        Ok(())
    }
}

/// Load may only ever go to this machine.
pub(crate) fn check_loopback(address: SocketAddr) -> Result<(), LoadError> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    Err(LoadError::new(format!("{address} is not a loopback address; use 127.0.0.1")))
}
