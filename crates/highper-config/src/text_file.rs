//! Files of text, up to a bound.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Reads a file of up to 1 MiB of UTF-8.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    // One byte over the bound tells that it is over.
    File::open(path)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_BYTES {
        return Err(io::Error::other(format!("it has more than {MAX_BYTES} bytes; split it")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        io::Error::other(format!("line {line} is not UTF-8"))
    })
}

/// Far beyond any file that a person writes.
pub(crate) const MAX_BYTES: usize = 1024 * 1024;
