//! Bodies in MessagePack.

use highper_core::{Container, FromRequest, IntoResponse, MissingBinding, Request, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{BodyRejection, MessagePackCodec, payload};

/// A body in MessagePack: taken from a request, or answered.
///
/// A request must say that it is MessagePack: `Content-Type: application/msgpack`, or one of its older
/// names. To read JSON as well, take `Negotiated`.
///
/// # Example
/// ```
/// # use highper_core::IntoResponse;
/// # use highper_serde::MessagePack;
/// #[derive(serde::Serialize)]
/// struct Book {
///     title: &'static str,
/// }
///
/// let response = MessagePack(Book { title: "Dune" }).into_response();
/// assert_eq!(response.header("content-type").unwrap(), "application/msgpack");
/// assert_eq!(response.body().as_bytes(), Some(&b"\x81\xa5title\xa4Dune"[..]));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MessagePack<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequest for MessagePack<T> {
    type Bound = ();
    type Rejection = BodyRejection;

    fn bind(_: &Container) -> Result<(), MissingBinding> {
        Ok(())
    }

    async fn from_request((): &(), request: &mut Request) -> Result<Self, BodyRejection> {
        payload::read::<MessagePackCodec, T>(request).await.map(Self)
    }
}

impl<T: Serialize> IntoResponse for MessagePack<T> {
    #[inline]
    fn into_response(self) -> Response {
        payload::write::<MessagePackCodec, T>(&self.0)
    }
}
