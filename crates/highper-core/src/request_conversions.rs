//! Requests from and to the types of the `http` crate.

use crate::{Body, Request};

/// The way out to the ecosystem. Connection, route and scope travel as extensions, and come back from there.
impl From<Request> for http::Request<Body> {
    fn from(mut request: Request) -> Self {
        let inner = request.inner_mut();
        let (method, version, uri, headers) = inner.head.take();
        let mut out = http::Request::new(std::mem::take(&mut inner.body).limited(inner.body_limit));
        *out.method_mut() = method;
        *out.version_mut() = version;
        *out.uri_mut() = uri;
        *out.headers_mut() = headers;
        *out.extensions_mut() = std::mem::take(&mut inner.extensions);
        if let Some(connection) = inner.connection.take() {
            out.extensions_mut().insert(connection);
        }
        if let Some(route) = inner.route.take() {
            out.extensions_mut().insert(route);
        }
        if let Some(scope) = inner.scope.take() {
            out.extensions_mut().insert(scope);
        }
        out
    }
}

/// The way in from the ecosystem.
impl From<http::Request<Body>> for Request {
    fn from(request: http::Request<Body>) -> Self {
        let (parts, body) = request.into_parts();
        let mut request = Self::from_parts(parts, body);
        let inner = request.inner_mut();
        inner.connection = inner.extensions.remove();
        inner.route = inner.extensions.remove();
        inner.scope = inner.extensions.remove();
        inner.body_limit = inner.body.limit().unwrap_or(inner.body_limit);
        request
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;
    use crate::Connection;

    #[tokio::test]
    async fn http_types_and_back_lose_nothing() {
        let mut request = Request::post("/books?x=1", "text").with_header("x-a", "b");
        let address = |port| ([127, 0, 0, 1], port).into();
        let ends = Connection { peer: address(9), local: address(80) };
        request.set_connection(ends);
        request.set_body_limit(10);
        request.extensions_mut().insert(7_u8);

        let mut back = Request::from(http::Request::<Body>::from(request));

        assert_eq!(back.method(), Method::POST);
        assert_eq!(back.uri(), "/books?x=1");
        assert_eq!(back.header("X-A").unwrap(), "b");
        assert_eq!(back.connection(), Some(&ends));
        assert_eq!(back.extensions().get::<u8>(), Some(&7));
        assert_eq!(back.body_limit(), 10);
        assert_eq!(back.read_body().await.unwrap(), "text");
    }
}
