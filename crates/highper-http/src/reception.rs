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
        if !stream.is_fresh() {
            return Some(resumed(Transport::Plain(stream)));
        }
        let stream = self.carry(stream).await?;
        let told = first_bytes::read(stream, &self.limits, &self.drain).await;
        told.map(|(protocol, stream, first)| Arrival { protocol, stream, first })
    }

    /// What an engine goes on with when its connection [has parked](Transport::park_for_next).
    pub(crate) async fn receive_next(&self, next: Transport) -> Option<Arrival> {
        match next {
            Transport::Plain(stream) => self.receive(stream).await,
            other => Some(resumed(other)),
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

/// A connection that had parked after a request. Only HTTP/1 without TLS does.
fn resumed(stream: Transport) -> Arrival {
    Arrival { protocol: Protocol::Http1, stream, first: BytesMut::new() }
}
