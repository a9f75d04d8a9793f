//! The format that a client wants its answer in.

use highper_core::http::header::{ACCEPT, VARY};
use highper_core::http::{HeaderValue, StatusCode};
use highper_core::{
    Codec, Container, Error, FromRequest, IntoResponse, MissingBinding, Request, Response,
};
use serde::Serialize;

use crate::negotiate::{negotiate, negotiate_text};
use crate::{JsonCodec, MessagePackCodec};

/// JSON or MessagePack, as the client wants its answer by `Accept`; JSON where it has no wish.
///
/// As an extractor it rejects with 406 a client that accepts neither, before the handler does
/// anything.
///
/// # Example
/// ```
/// # use highper_core::Response;
/// use highper_serde::Format;
///
/// async fn titles(format: Format) -> Response {
///     format.respond(&["Dune", "Emma"])
/// }
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let response = titles(Format::default()).await;
/// assert_eq!(response.header("content-type").unwrap(), "application/json");
/// assert_eq!(response.header("vary").unwrap(), "accept");
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    kind: Kind,
    content_type: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Json,
    MessagePack,
}

/// What there is, the preferred one first. Whoever asks for MessagePack by an old name gets that name.
const FORMATS: [Format; 4] = [
    Format { kind: Kind::Json, content_type: "application/json" },
    Format { kind: Kind::MessagePack, content_type: "application/msgpack" },
    Format { kind: Kind::MessagePack, content_type: "application/vnd.msgpack" },
    Format { kind: Kind::MessagePack, content_type: "application/x-msgpack" },
];

impl Format {
    /// A 200 with `value` in this format, and `Vary: Accept`.
    #[must_use]
    pub fn respond<T: Serialize + ?Sized>(self, value: &T) -> Response {
        let encoded = match self.kind {
            Kind::Json => JsonCodec::encode(value),
            Kind::MessagePack => MessagePackCodec::encode(value),
        };
        match encoded {
            Ok(bytes) => Response::typed(HeaderValue::from_static(self.content_type), bytes)
                .with_header(VARY, HeaderValue::from_static("accept")),
            Err(error) => error.into_response(),
        }
    }

    /// The content type of an answer in this format.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        self.content_type
    }
}

/// JSON.
impl Default for Format {
    fn default() -> Self {
        FORMATS[0]
    }
}

impl FromRequest for Format {
    type Bound = ();
    type Rejection = Error;

    fn bind(_: &Container) -> Result<(), MissingBinding> {
        Ok(())
    }

    async fn from_request((): &(), request: &mut Request) -> Result<Self, Error> {
        let offers = FORMATS.map(Self::content_type);
        let mut lines = request.header_all(ACCEPT.as_str());
        let chosen = match (lines.next(), lines.next()) {
            (first, None) => negotiate(first, &offers),
            // A list may come on several lines (RFC 9110, section 5.3).
            _ => {
                let lines = request.header_all(ACCEPT.as_str());
                let lines = lines.map(|line| String::from_utf8_lossy(line.as_bytes()));
                negotiate_text(&lines.collect::<Vec<_>>().join(","), &offers)
            }
        };
        chosen.and_then(|index| FORMATS.get(index).copied()).ok_or_else(not_acceptable)
    }
}

fn not_acceptable() -> Error {
    Error::new(
        StatusCode::NOT_ACCEPTABLE,
        "there is application/json and application/msgpack, and the header accept allows neither",
    )
    .with_code("not_acceptable")
    .with_header(VARY, HeaderValue::from_static("accept"))
}
