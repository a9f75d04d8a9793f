//! What happens to a connection before its protocol is known.

use std::sync::Arc;

use bytes::BytesMut;
use highper_net::{Drain, Scheme, Stream};

use crate::first_bytes::{self, Protocol};
use crate::refused_request::RefusalObserver;
use crate::tls::Tls;
use crate::transport::Transport;
use crate::{Counters, Limits};

/// Finds out what a connection speaks, and holds what every connection of a server is served with.
pub(crate) struct Reception {
    pub(crate) tls: Option<Tls>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) drain: Drain,
    pub(crate) counters: Counters,
    pub(crate) refusals: RefusalObserver,
}

/// A connection whose protocol is known.
pub(crate) struct Arrival {
    pub(crate) protocol: Protocol,
    pub(crate) stream: Transport,
    /// What was read to find out.
    pub(crate) first: BytesMut,
}

impl Reception {
    /// None where the connection is over, or parked again.
    pub(crate) async fn receive(&self, stream: Stream) -> Option<Arrival> {
        let stream = match Self::resumed(stream) {
            Err(fresh) => self.carry(fresh).await?,
            Ok(stream) => {
                let first = BytesMut::new();
                return Some(Arrival { protocol: Protocol::Http1, stream, first });
            }
        };
        let told = first_bytes::read(stream, &self.limits, &self.drain).await;
        told.map(|(protocol, stream, first)| Arrival { protocol, stream, first })
    }

    /// What comes back after a request, if it does: only HTTP/1 without TLS parks then.
    #[inline]
    pub(crate) fn resumed(stream: Stream) -> Result<Transport, Stream> {
        match stream.is_fresh() {
            true => Err(stream),
            false => Ok(Transport::Plain(stream)),
        }
    }

    /// Has TLS agreed upon where it is wanted.
    async fn carry(&self, stream: Stream) -> Option<Transport> {
        let tls = self.tls.as_ref().filter(|_| stream.scheme() != Some(Scheme::Http));
        match tls.cloned() {
            Some(tls) => Box::pin(tls.accept(stream, self)).await,
            None => Some(Transport::Plain(stream)),
        }
    }
}
