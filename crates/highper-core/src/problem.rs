//! Problem details for HTTP APIs (RFC 9457).

use std::fmt::Write;

use http::{HeaderValue, StatusCode};

use crate::{Error, IntoResponse, Response};

/// What is told about an error as `application/problem+json` (RFC 9457): `status`, `title`,
/// `detail`, and our extensions `code` and `id`. Its `type` is `about:blank`, the default, and left out.
///
/// # Example
/// ```
/// # use highper_core::{Problem, http::StatusCode};
/// let problem = Problem::new(StatusCode::NOT_FOUND, "there is no book 7");
/// assert_eq!(problem.to_json(), r#"{"title":"Not Found","status":404,"detail":"there is no book 7"}"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem<'a> {
    /// The HTTP status.
    pub status: StatusCode,
    /// What happened, for people.
    pub detail: &'a str,
    /// What happened, for machines.
    pub code: Option<&'a str>,
    /// Which error it was, to be found in the log.
    pub id: Option<&'a str>,
}

impl<'a> Problem<'a> {
    /// A problem without a code.
    #[must_use]
    pub fn new(status: StatusCode, detail: &'a str) -> Self {
        Self { status, detail, code: None, id: None }
    }

    /// The title: the reason phrase of the status.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.status.canonical_reason().unwrap_or("Error")
    }

    /// The JSON document.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = String::with_capacity(96 + self.detail.len());
        json.push_str("{\"title\":");
        push_json_string(&mut json, self.title());
        json.push_str(",\"status\":");
        json.push_str(self.status.as_str());
        json.push_str(",\"detail\":");
        push_json_string(&mut json, self.detail);
        if let Some(code) = self.code {
            json.push_str(",\"code\":");
            push_json_string(&mut json, code);
        }
        if let Some(id) = self.id {
            json.push_str(",\"id\":");
            push_json_string(&mut json, id);
        }
        json.push('}');
        json
    }
}

impl<'a> From<&'a Error> for Problem<'a> {
    fn from(error: &'a Error) -> Self {
        Self { status: error.status(), detail: error.message(), code: error.code(), id: None }
    }
}

impl IntoResponse for Problem<'_> {
    fn into_response(self) -> Response {
        let content_type = HeaderValue::from_static("application/problem+json");
        Response::typed(content_type, self.to_json()).with_status(self.status)
    }
}

/// A JSON string (RFC 8259, section 7). Written here because a document of four fields does not
/// justify a serialiser in the crate that everything depends on.
fn push_json_string(json: &mut String, text: &str) {
    json.push('"');
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            // C1 controls and the line separators are legal in JSON, and forge lines in logs.
            control @ ('\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{2028}' | '\u{2029}') => {
                // Writing to a String cannot fail.
                let _ = write!(json, "\\u{:04x}", u32::from(control));
            }
            other => json.push(other),
        }
    }
    json.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_one_line_of_valid_json() {
        let problem = Problem::new(StatusCode::BAD_REQUEST, "a\"b\\c\r\n\u{1b}[31m\u{2028}é");
        assert_eq!(
            problem.to_json(),
            r#"{"title":"Bad Request","status":400,"detail":"a\"b\\c\r\n\u001b[31m\u2028é"}"#
        );
    }
}
