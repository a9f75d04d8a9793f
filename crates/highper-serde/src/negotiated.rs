//! Bodies in whichever format they say they have.

use highper_core::http::HeaderValue;
use highper_core::{Codec, Container, FromRequest, MissingBinding, Request};
use serde::de::DeserializeOwned;

use crate::body_rejection::require;
use crate::{BodyRejection, JsonCodec, MessagePackCodec};

/// A body in JSON or MessagePack, as its `Content-Type` says.
///
/// The counterpart for answers is [`Format`](crate::Format).
///
/// # Example
/// ```
/// # use highper_core::{FromRequest, Request};
/// # use highper_serde::Negotiated;
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let mut request = Request::post("/", b"\x92\x01\x02".as_slice())
///     .with_header("content-type", "application/msgpack");
/// let Negotiated(numbers) = Negotiated::<Vec<u8>>::from_request(&(), &mut request).await.unwrap();
/// assert_eq!(numbers, [1, 2]);
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Negotiated<T>(pub T);

const ACCEPTED: HeaderValue = HeaderValue::from_static("application/json, application/msgpack");

impl<T: DeserializeOwned + Send> FromRequest for Negotiated<T> {
    type Bound = ();
    type Rejection = BodyRejection;

    fn bind(_: &Container) -> Result<(), MissingBinding> {
        Ok(())
    }

    async fn from_request((): &(), request: &mut Request) -> Result<Self, BodyRejection> {
        let mut is_json = false;
        require(
            request,
            |media_type| {
                is_json = JsonCodec::reads(media_type);
                is_json || MessagePackCodec::reads(media_type)
            },
            ACCEPTED,
        )?;
        let bytes = request.read_body().await?;
        let value =
            if is_json { JsonCodec::decode(&bytes) } else { MessagePackCodec::decode(&bytes) };
        Ok(Self(value?))
    }
}
