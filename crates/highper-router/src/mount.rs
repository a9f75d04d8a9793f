//! A handler under a prefix.

use highper_core::{Error, Handler, IntoResponse, Request, Response};
use http::Uri;

/// Takes the prefix off the path before a handler sees it.
pub(crate) struct Mount<H> {
    /// How many segments the prefix has; it may hold parameters.
    segments: usize,
    handler: H,
}

impl<H> Mount<H> {
    pub(crate) fn new(segments: usize, handler: H) -> Self {
        Self { segments, handler }
    }
}

impl<H: Handler> Handler for Mount<H> {
    async fn call(&self, mut request: Request) -> Response {
        if self.segments > 0 {
            match stripped(request.uri(), self.segments) {
                Ok(uri) => *request.uri_mut() = uri,
                Err(error) => return Error::internal(error).into_response(),
            }
        }
        self.handler.call(request).await
    }
}

/// The target without the first segments of its path.
fn stripped(uri: &Uri, segments: usize) -> Result<Uri, http::Error> {
    let path = uri.path();
    let rest = path.match_indices('/').nth(segments).map_or("/", |(at, _)| &path[at..]);
    let path_and_query = match uri.query() {
        Some(query) => format!("{rest}?{query}"),
        None => rest.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query.try_into()?);
    Ok(Uri::from_parts(parts)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_goes_and_the_query_stays() {
        let strip = |uri: &'static str, segments| {
            stripped(&Uri::from_static(uri), segments).unwrap().to_string()
        };
        assert_eq!(strip("/old/a/b?x=1", 1), "/a/b?x=1");
        assert_eq!(strip("/old//a", 1), "//a");
        assert_eq!(strip("/old?x=1", 1), "/?x=1");
        assert_eq!(strip("/old/", 1), "/");
        assert_eq!(strip("/t/7/a", 2), "/a");
        assert_eq!(strip("http://h/old/a", 1), "http://h/a");
    }
}
