//! The answer to what never becomes a request.

use std::time::SystemTime;

use highper_core::Problem;
use http::StatusCode;

/// Why bytes are not a request: answered as a problem, and the connection ends, because nothing after
/// a framing error can be trusted to be a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) detail: String,
}

impl Refusal {
    pub(crate) fn bad(code: &'static str, detail: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, detail: detail.into() }
    }

    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// Is it the body that is malformed? Then a handler has its request already.
    pub(crate) fn is_of_body(&self) -> bool {
        self.code == BAD_CHUNK
    }

    /// The whole answer.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let problem =
            Problem { status: self.status, detail: &self.detail, code: Some(self.code), id: None };
        let json = problem.to_json();
        format!(
            "HTTP/1.1 {} {}\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\ndate: {}\r\nconnection: close\r\n\r\n{json}",
            self.status.as_str(),
            problem.title(),
            json.len(),
            httpdate::fmt_http_date(SystemTime::now()),
        )
        .into_bytes()
    }
}

/// The code of all that is wrong with the framing of a body.
pub(crate) const BAD_CHUNK: &str = "bad_chunk";

/// What a message may show of the peer's bytes: at most 64 of them, and no control characters.
pub(crate) fn shown(bytes: &[u8]) -> String {
    let cut = bytes.get(..64).unwrap_or(bytes);
    let text: String = cut.escape_ascii().to_string();
    if cut.len() < bytes.len() { format!("`{text}...`") } else { format!("`{text}`") }
}
