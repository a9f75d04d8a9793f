//! An engine of our own for HTTP/1: it parses, frames and writes without types that nobody reads.
//!
//! Its core has no socket, no clock and no runtime: [`inbound`] takes the bytes of a client and gives requests
//! and pieces of their bodies, [`answer`] and [`frames`] take answers and give bytes. [`connection`] drives it on
//! a stream.

mod parse;

mod plain_head;

mod meaning;

mod chars;

mod decoder;

mod inbound;

mod pipe;

mod date;

mod answer;

mod frames;

mod output;

mod clock;

mod connection;

mod receiving;

mod sending;

mod serve;

#[cfg(any(fuzzing, test))]
pub(crate) mod fuzzing;

pub(crate) use serve::serve;
