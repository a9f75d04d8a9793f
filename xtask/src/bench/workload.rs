//! What is asked of a server while its throughput is measured.

use std::net::SocketAddr;

use clap::ValueEnum;
use highper_load::{Fetched, Fields, fetch};
use serde_json::json;

use super::files;
use crate::Outcome;

/// One kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Workload {
    /// A short text
    Plaintext,
    /// A small struct, serialised for each request
    Json,
    /// A number taken from the path and sent back
    Param,
    /// Plaintext, 16 requests at once
    Pipelined,
    /// Plaintext, asked for with the twelve header fields of a browser
    Browser,
    /// Plaintext, in 4,096 requests of which no two are the same
    Distinct,
    /// A file of a directory; only where there is one
    #[value(skip)]
    File,
}

/// What every server greets with.
pub(super) const HELLO: &str = "Hello, World!";

/// Benchmarks of this kind have long used 16.
const PIPELINE: usize = 16;

/// So much of a wrong answer is told.
const MAX_SHOWN: usize = 200;

impl Workload {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Plaintext => "plaintext",
            Self::Json => "json",
            Self::Param => "param",
            Self::Pipelined => "pipelined",
            Self::Browser => "browser",
            Self::Distinct => "distinct",
            Self::File => "file",
        }
    }

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Plaintext | Self::Pipelined | Self::Browser | Self::Distinct => "/plaintext",
            Self::Json => "/json",
            Self::Param => "/users/12345",
            Self::File => files::PATH,
        }
    }

    pub(super) fn pipeline(self) -> usize {
        if self == Self::Pipelined { PIPELINE } else { 1 }
    }

    pub(super) fn fields(self) -> Fields {
        match self {
            Self::Browser => Fields::Browser,
            Self::Distinct => Fields::Distinct,
            Self::Plaintext | Self::Json | Self::Param | Self::Pipelined | Self::File => {
                Fields::Host
            }
        }
    }

    /// Asks once and compares the whole answer: a server that answers less does less.
    ///
    /// # Errors
    ///
    /// Nothing is answered, or something else.
    pub(super) fn check(self, address: SocketAddr) -> Outcome {
        let path = self.path();
        let answer =
            fetch(address, path, self.fields()).map_err(|error| format!("GET {path}: {error}"))?;
        if self.accepts(&answer) {
            return Ok(());
        }
        let Fetched { status, content_type, mut body } = answer;
        body.truncate(MAX_SHOWN);
        let body = String::from_utf8_lossy(&body).into_owned();
        Err(format!("GET {path} was answered {status}, `{content_type}`, {body:?}").into())
    }

    fn accepts(self, answer: &Fetched) -> bool {
        let of_type = |expected: &str| answer.content_type.starts_with(expected);
        answer.status == 200
            && match self {
                Self::Plaintext | Self::Pipelined | Self::Browser | Self::Distinct => {
                    of_type("text/plain") && answer.body == HELLO.as_bytes()
                }
                Self::Json => {
                    let body: Option<serde_json::Value> = serde_json::from_slice(&answer.body).ok();
                    of_type("application/json") && body == Some(json!({"message": HELLO}))
                }
                Self::Param => of_type("text/plain") && answer.body == b"12345",
                Self::File => answer.body == files::content(),
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_expected_answer_is_accepted() {
        let answer = |content_type: &str, body: &str| Fetched {
            status: 200,
            content_type: content_type.into(),
            body: body.into(),
        };
        let hello = r#"{ "message": "Hello, World!" }"#;
        assert!(Workload::Json.accepts(&answer("application/json", hello)));
        assert!(!Workload::Json.accepts(&answer("text/plain", hello)));
        assert!(!Workload::Json.accepts(&answer("application/json", "{}")));
        assert!(Workload::Param.accepts(&answer("text/plain; charset=utf-8", "12345")));
        assert!(!Workload::Plaintext.accepts(&answer("text/plain", "Hello")));
    }
}
