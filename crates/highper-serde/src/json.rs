//! Bodies in JSON.

use highper_core::{Container, FromRequest, IntoResponse, MissingBinding, Request, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{BodyRejection, JsonCodec, payload};

/// A body in JSON: taken from a request, or answered.
///
/// A request must say that it is JSON: `Content-Type: application/json` or `application/…+json`. To
/// read MessagePack as well, take `Negotiated`.
///
/// # Example
/// ```
/// # use highper_core::IntoResponse;
/// # use highper_serde::Json;
/// #[derive(serde::Serialize)]
/// struct Book {
///     title: &'static str,
/// }
///
/// let response = Json(Book { title: "Dune" }).into_response();
/// assert_eq!(response.header("content-type").unwrap(), "application/json");
/// assert_eq!(response.body().as_bytes(), Some(&br#"{"title":"Dune"}"#[..]));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequest for Json<T> {
    type Bound = ();
    type Rejection = BodyRejection;

    fn bind(_: &Container) -> Result<(), MissingBinding> {
        Ok(())
    }

    async fn from_request((): &(), request: &mut Request) -> Result<Self, BodyRejection> {
        payload::read::<JsonCodec, T>(request).await.map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    #[inline]
    fn into_response(self) -> Response {
        payload::write::<JsonCodec, T>(&self.0)
    }
}
