//! In place of `send_file` on systems where no safe call does it.

use std::{io, net::TcpStream};

use highper_core::FileSlice;

pub(crate) fn send_file(_: &TcpStream, _: &FileSlice) -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}
