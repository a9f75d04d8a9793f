//! The cases of HTTP/1.1: what RFC 9110 and RFC 9112 ask of an origin server, topic by topic.

mod chunked;
mod content_length;
mod field_limits;
mod field_syntax;
mod host;
mod request_line;
mod target_forms;
mod transfer_encoding;
mod versions;

use super::{case::Case, suite::Known};

/// Every case, by topic.
pub(super) const TOPICS: &[&[Case]] = &[
    request_line::CASES,
    versions::CASES,
    target_forms::CASES,
    host::CASES,
    field_syntax::CASES,
    field_limits::CASES,
    content_length::CASES,
    transfer_encoding::CASES,
    chunked::CASES,
];

/// Failures that stay for now, with their reasons. One that passes is an error.
pub(super) const KNOWN: &[Known] = &[];
