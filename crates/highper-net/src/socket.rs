//! Reading and writing a socket, without what the C library does around a call that a thread may be cancelled
//! in.

use std::{io, net::TcpStream};

use rustix::net::{RecvFlags, SendFlags};

/// As `read` of the standard library.
#[inline]
pub(crate) fn recv(socket: &TcpStream, buf: &mut [u8]) -> io::Result<usize> {
    Ok(rustix::net::recv(socket, buf, RecvFlags::empty())?.0)
}

/// As `write` of the standard library.
#[inline]
pub(crate) fn send(socket: &TcpStream, buf: &[u8]) -> io::Result<usize> {
    Ok(rustix::net::send(socket, buf, SendFlags::NOSIGNAL)?)
}
