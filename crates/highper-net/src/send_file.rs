//! Sending a file without its bytes coming to user space.

use std::{io, net::TcpStream};

use highper_core::FileSlice;
use rustix::fs::sendfile;

/// Sends what the socket takes, beginning where the slice does.
pub(crate) fn send_file(socket: &TcpStream, slice: &FileSlice) -> io::Result<usize> {
    let mut position = slice.position();
    let length = usize::try_from(slice.length()).unwrap_or(usize::MAX);
    Ok(sendfile(socket, slice.file(), Some(&mut position), length)?)
}
