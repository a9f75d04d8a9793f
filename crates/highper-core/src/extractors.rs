//! Extractors that need nothing but this crate.

use std::convert::Infallible;
use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Method, Uri, Version};

use crate::{Body, BodyError, Container, Error, FromRequest, MissingBinding, Request};

/// An extractor that binds nothing and cannot fail: how it is read from the request.
macro_rules! infallible_extractor {
    ($(#[$doc:meta] $part:ty = |$request:ident| $read:expr;)*) => {$(
        #[$doc]
        impl FromRequest for $part {
            type Bound = ();
            type Rejection = Infallible;

            fn bind(_: &Container) -> Result<(), MissingBinding> {
                Ok(())
            }

            async fn from_request((): &(), $request: &mut Request) -> Result<Self, Infallible> {
                Ok($read)
            }
        }
    )*};
}

infallible_extractor! {
    /// The method.
    Method = |request| request.method().clone();
    /// The target as it arrived.
    Uri = |request| request.uri().clone();
    /// The protocol version.
    Version = |request| request.version();
    /// All headers.
    HeaderMap = |request| request.headers().clone();
    /// The body as it comes in, bounded by the request's limit.
    Body = |request| request.take_body();
    /// The whole request, as far as extractors before this one have left it.
    Request = |request| request.take_rest();
}

/// The whole body.
impl FromRequest for Bytes {
    type Bound = ();
    type Rejection = BodyError;

    fn bind(_: &Container) -> Result<(), MissingBinding> {
        Ok(())
    }

    async fn from_request((): &(), request: &mut Request) -> Result<Self, BodyError> {
        request.read_body().await
    }
}

/// The whole body as UTF-8 text.
impl FromRequest for String {
    type Bound = ();
    type Rejection = crate::Response;

    fn bind(_: &Container) -> Result<(), MissingBinding> {
        Ok(())
    }

    async fn from_request((): &(), request: &mut Request) -> Result<Self, crate::Response> {
        use crate::IntoResponse;
        let bytes = request.read_body().await.map_err(IntoResponse::into_response)?;
        Self::from_utf8(bytes.into()).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Error::bad_request(format!(
                "the body is not UTF-8 text: byte {at} is the first wrong one"
            ))
            .with_code("body_not_utf8")
            .into_response()
        })
    }
}

/// The address of the peer as its socket tells it; headers are not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddr(pub SocketAddr);

impl FromRequest for PeerAddr {
    type Bound = ();
    type Rejection = Error;

    fn bind(_: &Container) -> Result<(), MissingBinding> {
        Ok(())
    }

    async fn from_request((): &(), request: &mut Request) -> Result<Self, Error> {
        request.connection().map(|connection| Self(connection.peer)).ok_or_else(|| {
            Error::internal("this request came by no socket, so it has no peer address")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn text_that_is_not_utf8_names_the_byte() {
        let mut request = Request::get("/").with_body(b"ab\xff".as_slice());
        let rejection = String::from_request(&(), &mut request).await.unwrap_err();
        assert_eq!(rejection.status(), 400);
        assert!(rejection.error().unwrap().message().contains("byte 2"));
    }

    #[tokio::test]
    async fn an_optional_part_never_rejects() {
        let mut request = Request::get("/");
        assert_eq!(Option::<PeerAddr>::from_request(&(), &mut request).await, Ok(None));
    }
}
