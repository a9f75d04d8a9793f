//! Bytes of a file in place of data, so that the kernel can send them by itself.

use std::fs::File;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http_body::Body as HttpBody;

use crate::BoxError;

/// Bytes of an open file, by their positions.
#[derive(Debug, Clone)]
pub struct FileSlice {
    file: Arc<File>,
    range: Range<u64>,
}

impl FileSlice {
    /// The bytes of `file` at the positions `range`.
    #[must_use]
    pub const fn new(file: Arc<File>, range: Range<u64>) -> Self {
        Self { file, range }
    }

    /// The file that they are in.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Where in the file they begin.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.range.start
    }

    /// How many bytes there are.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.range.end.saturating_sub(self.range.start)
    }

    /// True where all of them are gone.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.length() == 0
    }

    /// Takes the first `bytes` off, at most all.
    pub fn advance(&mut self, bytes: u64) {
        self.range.start = self.range.start.saturating_add(bytes).min(self.range.end);
    }
}

/// A body that may give bytes of a file in place of data; see [`Body::wrap_file`](crate::Body::wrap_file).
///
/// It is a whole body without that: who asks only for frames reads the file's bytes in them.
pub trait SendFile: HttpBody<Data = Bytes, Error = BoxError> {
    /// What comes next, if that is bytes of a file that can be sent without waiting for a disk. They count as
    /// given. None says nothing of the end: the next frame tells.
    fn take_slice(self: Pin<&mut Self>) -> Option<FileSlice>;
}
