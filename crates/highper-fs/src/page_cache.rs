//! What the kernel has of a file in memory, which is read without waiting for a disk.

use std::fs::File;
use std::io::IoSliceMut;
use std::ops::Range;

use bytes::Bytes;
use rustix::io::{ReadWriteFlags, preadv2};

/// The first bytes of `range`, as many as are in memory. None where there are none, and where nobody knows: a
/// file system may not tell.
pub(crate) fn read_cached(file: &File, range: &Range<u64>) -> Option<Bytes> {
    let mut bytes = vec![0; usize::try_from(range.end - range.start).ok()?];
    let read = read_now(file, &mut bytes, range.start)?;
    bytes.truncate(read);
    Some(Bytes::from(bytes))
}

/// Is the byte at `position` in memory? Its neighbours most likely are as well, since files are read in
/// larger pieces.
pub(crate) fn is_cached(file: &File, position: u64) -> bool {
    read_now(file, &mut [0], position).is_some()
}

fn read_now(file: &File, bytes: &mut [u8], position: u64) -> Option<usize> {
    let read = preadv2(file, &mut [IoSliceMut::new(bytes)], position, ReadWriteFlags::NOWAIT);
    // The end of a file that has become shorter is told by whoever reads the rest.
    read.ok().filter(|read| *read > 0)
}
