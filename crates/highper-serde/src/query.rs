//! The query of a request.

use highper_core::{CodecError, Container, Error, FromRequest, MissingBinding, Request};
use serde::de::DeserializeOwned;

use crate::urlencoded::{Words, decode};

/// The query of a request as a value.
///
/// Repeated keys are a list (`tag=a&tag=b`, `tag[]=a`), brackets nest (`filter[price][min]=3`,
/// `items[0][id]=5`), up to [`MAX_FIELDS`](crate::MAX_FIELDS) fields and
/// [`MAX_FIELD_DEPTH`](crate::MAX_FIELD_DEPTH) levels. A single value that is given twice, a wrong type
/// and a wrong encoding answer 400 and name the key. No query is an empty one.
///
/// # Example
/// ```
/// # use highper_core::{FromRequest, Request};
/// # use highper_serde::Query;
/// #[derive(serde::Deserialize)]
/// struct Search {
///     page: u32,
///     #[serde(default)]
///     tag: Vec<String>,
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let mut request = Request::get("/books?page=2&tag=new&tag=signed");
/// let Query(search) = Query::<Search>::from_request(&(), &mut request).await.unwrap();
/// assert_eq!((search.page, search.tag.len()), (2, 2));
///
/// let mut request = Request::get("/books?page=x");
/// let error = Query::<Search>::from_request(&(), &mut request).await.err().unwrap();
/// assert_eq!(error.status(), 400);
/// assert_eq!(error.message(), r#"query parameter `page`: invalid type: string "x", expected u32"#);
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequest for Query<T> {
    type Bound = ();
    type Rejection = Error;

    fn bind(_: &Container) -> Result<(), MissingBinding> {
        Ok(())
    }

    async fn from_request((): &(), request: &mut Request) -> Result<Self, Error> {
        let query = request.query().unwrap_or_default();
        let words = Words { whole: "query", part: "query parameter" };
        decode(query.as_bytes(), words).map(Self).map_err(|error: CodecError| {
            Error::bad_request(error.to_string()).with_code("bad_query")
        })
    }
}
