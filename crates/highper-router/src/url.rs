//! From a name and parameters to a path.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::pattern::{Piece, parameters};

/// Everything but the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The same, over several segments.
const SEGMENTS: &AsciiSet = &SEGMENT.remove(b'/');

/// Fills a pattern.
pub(crate) fn generate(
    name: &str,
    pieces: &[Piece],
    given: &[(&str, &str)],
) -> Result<String, UrlError> {
    let value = |parameter: &str| {
        let found = given.iter().find(|(name, _)| *name == parameter).map(|(_, value)| *value);
        match found {
            Some("") => {
                Err(UrlError(format!("route `{name}`: the parameter `{parameter}` is empty")))
            }
            Some(value) if value.contains('\0') => {
                Err(UrlError(format!("route `{name}`: the parameter `{parameter}` holds a NUL")))
            }
            Some(value) => Ok(value),
            None => {
                Err(UrlError(format!("route `{name}`: the parameter `{parameter}` is missing")))
            }
        }
    };
    if let Some((extra, _)) =
        given.iter().find(|(name, _)| !parameters(pieces).any(|known| known == *name))
    {
        return Err(UrlError(format!("route `{name}` has no parameter `{extra}`")));
    }
    let mut url = String::new();
    for piece in pieces {
        match piece {
            Piece::Literal(literal) => url.push_str(literal),
            Piece::Parameter(name) => url.extend(utf8_percent_encode(value(name)?, SEGMENT)),
            Piece::Wildcard(name) => url.extend(utf8_percent_encode(value(name)?, SEGMENTS)),
        }
    }
    if !means_itself(&url) {
        return Err(UrlError(format!(
            "route `{name}`: clients take `{url}` for another address, because of `//`, `.` or `..`"
        )));
    }
    Ok(url)
}

/// False where a client would resolve the path to another one, or to another host (RFC 3986, sections
/// 4.2 and 5.2.4).
fn means_itself(url: &str) -> bool {
    !url.starts_with("//") && !url.split('/').any(|segment| matches!(segment, "." | ".."))
}

/// Why there is no URL for a name and parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlError(String);

impl UrlError {
    pub(crate) fn unknown_name(name: &str) -> Self {
        Self(format!("no route is named `{name}`"))
    }
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UrlError {}
