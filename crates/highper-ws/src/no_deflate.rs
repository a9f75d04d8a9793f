//! What stands for compression in a build without it: types of which there is no value.

use bytes::Bytes;

use crate::codec::Violation;

/// How messages are compressed: there is no way to say so without the feature `deflate`.
#[derive(Clone, Debug)]
pub enum Deflate {}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Agreed {}

impl Agreed {
    pub(crate) fn on(deflate: &Deflate, _: &str) -> Option<(Self, String)> {
        match *deflate {}
    }

    pub(crate) fn orders_messages(self) -> bool {
        match self {}
    }
}

#[derive(Debug)]
pub(crate) enum Inflater {}

impl Inflater {
    pub(crate) fn inflate(&mut self, _: &[u8], _: usize) -> Result<Vec<u8>, Violation> {
        match *self {}
    }
}

#[derive(Debug)]
pub(crate) enum Deflater {}

impl Deflater {
    pub(crate) fn pack(&mut self, _: Bytes) -> Bytes {
        match *self {}
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Packed(());

impl Packed {
    pub(crate) fn of(&self, _: &Bytes, settings: &Deflate, _: Option<Agreed>) -> Bytes {
        match *settings {}
    }
}

#[derive(Debug, Default)]
pub(crate) struct Coders {
    pub(crate) inflater: Option<Inflater>,
    pub(crate) deflater: Option<Deflater>,
}

#[derive(Debug, Default)]
pub(crate) struct Kept;

impl Coders {
    pub(crate) fn new(_: Option<&Deflate>, _: Option<Agreed>) -> Self {
        Self::default()
    }

    pub(crate) fn park(self) -> Kept {
        Kept
    }
}

impl Kept {
    pub(crate) fn resume(self, _: Option<&Deflate>, _: Option<Agreed>) -> Coders {
        Coders::default()
    }
}
