//! A handler under a prefix.

use highper_core::{Error, Handler, IntoResponse, Request, Response};
use http::Uri;

/// Takes the prefix off the path before a handler sees it.
pub(crate) struct Mount<H> {
    prefix: String,
    handler: H,
}

impl<H> Mount<H> {
    pub(crate) fn new(prefix: &str, handler: H) -> Self {
        Self { prefix: prefix.to_owned(), handler }
    }
}

impl<H: Handler> Handler for Mount<H> {
    async fn call(&self, mut request: Request) -> Response {
        if self.prefix.is_empty() {
            return self.handler.call(request).await;
        }
        match stripped(request.uri(), &self.prefix) {
            Ok(uri) => *request.uri_mut() = uri,
            Err(error) => return Error::internal(error).into_response(),
        }
        self.handler.call(request).await
    }
}

/// The target without the prefix, which may hold parameters: its segments are counted.
fn stripped(uri: &Uri, prefix: &str) -> Result<Uri, http::Error> {
    let segments = prefix.matches('/').count();
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
        let strip = |uri: &'static str, prefix| {
            stripped(&Uri::from_static(uri), prefix).unwrap().to_string()
        };
        assert_eq!(strip("/old/a/b?x=1", "/old"), "/a/b?x=1");
        assert_eq!(strip("/old", "/old"), "/");
        assert_eq!(strip("/t/7/a", "/t/{id}"), "/a");
        assert_eq!(strip("http://h/old/a", "/old"), "http://h/a");
    }
}
