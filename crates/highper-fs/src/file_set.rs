//! A file with all the forms that it is kept in.

use std::fs::File;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;

use crate::coding::{Accepted, Coding};
use crate::validator::Validator;

/// A file: the original, and the same content in other codings.
#[derive(Debug)]
pub(crate) struct FileSet {
    pub(crate) content_type: HeaderValue,
    pub(crate) cache_control: Option<HeaderValue>,
    pub(crate) original: Representation,
    pub(crate) coded: Vec<(Coding, Representation)>,
}

/// One form of a file.
#[derive(Debug, Clone)]
pub(crate) struct Representation {
    pub(crate) validator: Validator,
    pub(crate) content: Content,
}

/// Where the bytes are.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Memory(Bytes),
    File { file: Arc<File>, length: u64 },
}

/// What a source has at a path.
#[derive(Debug)]
pub(crate) enum Found {
    File(Arc<FileSet>),
    Directory,
    Missing,
}

impl FileSet {
    /// The form that the client likes best.
    pub(crate) fn choose(&self, accepted: Accepted) -> (Option<Coding>, &Representation) {
        let find = |coding| self.coded.iter().find(|(each, _)| *each == coding);
        let chosen = accepted.choose(|coding| find(coding).is_some()).and_then(find);
        chosen.map_or((None, &self.original), |(coding, form)| (Some(*coding), form))
    }

    /// How many bytes it keeps in memory; none if it is not all there.
    pub(crate) fn bytes_in_memory(&self) -> Option<u64> {
        let forms = std::iter::once(&self.original).chain(self.coded.iter().map(|(_, form)| form));
        forms.map(|form| form.in_memory()).sum()
    }
}

impl Representation {
    fn in_memory(&self) -> Option<u64> {
        match &self.content {
            Content::Memory(bytes) => Some(bytes.len() as u64),
            Content::File { .. } => None,
        }
    }
}

impl Content {
    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File { length, .. } => *length,
        }
    }
}
