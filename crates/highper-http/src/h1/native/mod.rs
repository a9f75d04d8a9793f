//! An engine of our own for HTTP/1: it parses, frames and writes without types that nobody reads.
//!
//! What is here and has no socket in it - [`parse`], [`decoder`], [`answer`] - takes bytes and gives
//! bytes; [`connection`] drives it on a stream.

mod parse;

mod plain_head;

mod meaning;

mod chars;

mod decoder;

mod pipe;

mod date;

mod answer;

mod output;

mod clock;

mod connection;

mod receiving;

mod sending;

mod serve;

#[cfg(any(fuzzing, test))]
pub(crate) mod fuzzing;

pub(crate) use serve::serve;
