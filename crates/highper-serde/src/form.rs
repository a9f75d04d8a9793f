//! Bodies of HTML forms.

use highper_core::http::HeaderValue;
use highper_core::{Container, FromRequest, MissingBinding, Request};
use serde::de::DeserializeOwned;

use crate::BodyRejection;
use crate::body_rejection::require;
use crate::urlencoded::{Words, decode};

/// A body of `application/x-www-form-urlencoded`, as HTML forms send it.
///
/// Keys repeat and nest as in a [`Query`](crate::Query), within the same bounds.
///
/// # Example
/// ```
/// # use highper_core::{FromRequest, Request};
/// # use highper_serde::Form;
/// #[derive(serde::Deserialize)]
/// struct Review {
///     stars: u8,
///     text: String,
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let mut request = Request::post("/reviews", "stars=5&text=Of+sand+%26+spice")
///     .with_header("content-type", "application/x-www-form-urlencoded");
/// let Form(review) = Form::<Review>::from_request(&(), &mut request).await.unwrap();
/// assert_eq!((review.stars, review.text.as_str()), (5, "Of sand & spice"));
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Form<T>(pub T);

const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

impl<T: DeserializeOwned + Send> FromRequest for Form<T> {
    type Bound = ();
    type Rejection = BodyRejection;

    fn bind(_: &Container) -> Result<(), MissingBinding> {
        Ok(())
    }

    async fn from_request((): &(), request: &mut Request) -> Result<Self, BodyRejection> {
        let accepted = HeaderValue::from_static(MEDIA_TYPE);
        require(request, |media_type| media_type == MEDIA_TYPE, accepted)?;
        let body = request.read_body().await?;
        Ok(Self(decode(&body, Words { whole: "form", part: "form field" })?))
    }
}
