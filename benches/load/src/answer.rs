//! Reading answers: just enough of HTTP/1.1 (RFC 9112) to know where one ends and what it says.

mod chunked;
mod head;
mod parser;

pub(crate) use self::{
    head::field,
    parser::{Answer, Parser},
};

/// The bytes were not an answer that keeps a connection usable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);
