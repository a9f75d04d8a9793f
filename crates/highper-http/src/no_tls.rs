//! What stands for TLS in a build without it: types of which there is no value.

use std::io;
use std::task::{Context, Poll};

use highper_net::Stream;

use crate::first_bytes::Protocol;
use crate::reception::Reception;
use crate::transport::Transport;

#[derive(Clone, Debug)]
pub(crate) enum Tls {}

impl Tls {
    pub(crate) async fn accept(self, _: Stream, _: &Reception) -> Option<Transport> {
        Some(Transport::Tls(self.session()))
    }

    fn session(self) -> Box<Session> {
        match self {}
    }
}

/// There is none of it either, but the compiler need not know.
#[derive(Clone)]
pub(crate) struct TlsConnection;

pub(crate) enum Session {}

impl Session {
    pub(crate) fn poll_read(
        &mut self,
        _: &mut Context<'_>,
        _: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        match *self {}
    }

    pub(crate) fn poll_write(&mut self, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        match *self {}
    }

    pub(crate) fn poll_write_vectored(
        &mut self,
        _: &mut Context<'_>,
        _: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match *self {}
    }

    pub(crate) fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match *self {}
    }

    pub(crate) fn poll_shutdown(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match *self {}
    }

    pub(crate) fn writes(&self) -> u32 {
        match *self {}
    }

    pub(crate) fn protocol(&self) -> Option<Protocol> {
        match *self {}
    }

    pub(crate) fn socket(&self) -> &Stream {
        match *self {}
    }

    pub(crate) fn connection(&self) -> TlsConnection {
        match *self {}
    }
}
