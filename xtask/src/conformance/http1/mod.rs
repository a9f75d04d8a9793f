//! The cases of HTTP/1.1: what RFC 9110 and RFC 9112 ask of an origin server, topic by topic.

mod chunked;
mod connection;
mod content_length;
mod early_answers;
mod expect;
mod field_limits;
mod field_syntax;
mod half_close;
mod host;
mod methods;
mod pipelining;
mod request_line;
mod target_forms;
mod trailers;
mod transfer_encoding;
mod upgrade;
mod versions;

use super::{case::Case, suite::Known};

/// Every case, by topic.
pub(super) const TOPICS: &[&[Case]] = &[
    request_line::CASES,
    versions::CASES,
    target_forms::CASES,
    methods::CASES,
    host::CASES,
    field_syntax::CASES,
    field_limits::CASES,
    content_length::CASES,
    transfer_encoding::CASES,
    chunked::CASES,
    trailers::CASES,
    expect::CASES,
    early_answers::CASES,
    connection::CASES,
    pipelining::CASES,
    half_close::CASES,
    upgrade::CASES,
];

/// Failures that stay for now, with their reasons. One that passes is an error.
pub(super) const KNOWN: &[Known] = &[];
