//! What a handler may take as an argument.

use crate::{Container, IntoResponse, MissingBinding, Request};

/// Takes a part out of a request.
///
/// What it needs from the container is bound once, at boot: a missing service stops the start and
/// names the route, instead of failing the first request.
///
/// # Example
/// ```
/// # use highper_core::{Container, Error, FromRequest, MissingBinding, Request};
/// struct ApiKey(String);
///
/// impl FromRequest for ApiKey {
///     type Bound = ();
///     type Rejection = Error;
///
///     fn bind(_: &Container) -> Result<(), MissingBinding> {
///         Ok(())
///     }
///
///     async fn from_request(_: &(), request: &mut Request) -> Result<Self, Error> {
///         match request.header("x-key").and_then(|key| key.to_str().ok()) {
///             Some(key) => Ok(Self(key.to_owned())),
///             None => Err(Error::unauthorized("send your key in the header x-key")),
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be taken from a request",
    label = "not an extractor",
    note = "arguments of a handler implement `FromRequest`: `Path`, `Query`, `Json`, `Form`, `Inject`, `HeaderMap`, `Bytes`, ...",
    note = "to take a service from the container, write `Inject<{Self}>`"
)]
pub trait FromRequest: Sized + Send {
    /// What was resolved at boot.
    type Bound: Send + Sync + 'static;
    /// The answer where the part is missing or malformed.
    type Rejection: IntoResponse + Send;

    /// Resolves what is needed from the container, once for each route.
    ///
    /// # Errors
    /// If the container does not hold it.
    fn bind(container: &Container) -> Result<Self::Bound, MissingBinding>;

    /// Takes the part out of `request`.
    fn from_request(
        bound: &Self::Bound,
        request: &mut Request,
    ) -> impl Future<Output = Result<Self, Self::Rejection>> + Send;
}

/// The part, or why it could not be had: the handler decides.
impl<T: FromRequest> FromRequest for Result<T, T::Rejection> {
    type Bound = T::Bound;
    type Rejection = std::convert::Infallible;

    fn bind(container: &Container) -> Result<Self::Bound, MissingBinding> {
        T::bind(container)
    }

    async fn from_request(
        bound: &Self::Bound,
        request: &mut Request,
    ) -> Result<Self, Self::Rejection> {
        Ok(T::from_request(bound, request).await)
    }
}

/// The part where it can be had.
impl<T: FromRequest> FromRequest for Option<T> {
    type Bound = T::Bound;
    type Rejection = std::convert::Infallible;

    fn bind(container: &Container) -> Result<Self::Bound, MissingBinding> {
        T::bind(container)
    }

    async fn from_request(
        bound: &Self::Bound,
        request: &mut Request,
    ) -> Result<Self, Self::Rejection> {
        Ok(T::from_request(bound, request).await.ok())
    }
}
