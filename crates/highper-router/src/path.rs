//! The parameters of a path as an argument.

use highper_core::{Container, Error, FromRequest, MissingBinding, Request};
use serde::de::DeserializeOwned;

use crate::path_deserializer;
use crate::path_value::PathError;

/// The parameters of the path, percent-decoded: one value, a tuple in their order, or a struct or map
/// by their names.
///
/// A value that does not fit is a 400 that names the parameter.
///
/// # Example
/// ```
/// use highper_router::Path;
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Page { shelf: String, number: u32 }
///
/// async fn one(Path(id): Path<u64>) {}
/// async fn two(Path((shelf, number)): Path<(String, u32)>) {}
/// async fn by_name(Path(Page { shelf, number }): Path<Page>) {}
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequest for Path<T> {
    type Bound = ();
    type Rejection = Error;

    fn bind(_: &Container) -> Result<(), MissingBinding> {
        Ok(())
    }

    #[inline]
    async fn from_request((): &(), request: &mut Request) -> Result<Self, Error> {
        let Some(route) = request.route() else {
            return Err(Error::internal("Path is taken from a request that no route has matched"));
        };
        path_deserializer::from_route(route, request.path())
            .map(Self)
            .map_err(PathError::into_error)
    }
}
