//! What every extractor and answer of one codec does.

use highper_core::{Codec, IntoResponse, Request, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::body_rejection::{BodyRejection, require};

/// Reads the body as `C`, if its content type is one that `C` reads.
pub(crate) async fn read<C: Codec, T: DeserializeOwned>(
    request: &mut Request,
) -> Result<T, BodyRejection> {
    require(request, C::reads, C::CONTENT_TYPE)?;
    Ok(C::decode(&request.read_body().await?)?)
}

/// A 200 with the value as `C`.
#[inline]
pub(crate) fn write<C: Codec, T: Serialize>(value: &T) -> Response {
    match C::encode(value) {
        Ok(bytes) => Response::typed(C::CONTENT_TYPE, bytes),
        Err(error) => error.into_response(),
    }
}
