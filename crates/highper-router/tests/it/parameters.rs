//! The extractor of paths.

use std::collections::BTreeMap;

use highper_core::http::Uri;
use highper_core::{Error, FromRequest, Handler, Request, Response};
use highper_router::{Path, Router};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::support::{ask, build};

/// What is taken from a path that matched a pattern, or the status, code and message of the refusal.
async fn take<T>(pattern: &str, path: &str) -> Result<T, (u16, String)>
where
    T: DeserializeOwned + Send + Sync + Clone + 'static,
{
    struct Keep<T>(std::marker::PhantomData<fn() -> T>);
    impl<T: DeserializeOwned + Send + Sync + Clone + 'static> Handler for Keep<T> {
        async fn call(&self, mut request: Request) -> Response {
            let taken: Result<Path<T>, Error> = Path::from_request(&(), &mut request).await;
            let mut response = Response::default();
            let taken = taken.map(|Path(value)| value).map_err(|error| {
                let cause = error.source().map(ToString::to_string);
                (error.status().as_u16(), cause.unwrap_or_else(|| error.message().to_owned()))
            });
            response.extensions_mut().insert(taken);
            response
        }
    }
    let routes = build(Router::new().get(pattern, Keep::<T>(std::marker::PhantomData)));
    let answer = ask(&routes, "GET", path).await;
    answer.extensions().get::<Result<T, (u16, String)>>().unwrap().clone()
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Page {
    shelf: String,
    number: u32,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Id(u64);

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Colour {
    Red,
    Green,
}

/// As a UUID or a date: read from text by its own parser.
#[derive(Clone, Debug, PartialEq)]
struct Host(Uri);

impl<'de> Deserialize<'de> for Host {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

#[tokio::test]
async fn one_value() {
    assert_eq!(take("/{id}", "/18446744073709551615").await, Ok(u64::MAX));
    assert_eq!(take("/{id}", "/-7").await, Ok(-7_i8));
    assert_eq!(take("/{id}", "/%37").await, Ok(7_u8), "a digit may be encoded");
    assert_eq!(take("/{id}", "/1.5").await, Ok(1.5_f64));
    assert_eq!(take("/{id}", "/true").await, Ok(true));
    assert_eq!(take("/{id}", "/%C3%BC").await, Ok('ü'));
    assert_eq!(take("/{id}", "/a%20b%2Fc+d").await, Ok("a b/c+d".to_owned()));
    assert_eq!(take("/{id}", "/7").await, Ok(Id(7)));
    assert_eq!(take("/{id}", "/7").await, Ok(Some(7_u8)));
    assert_eq!(take("/{id}", "/7").await, Ok((7_u8,)));
    assert_eq!(take("/{c}", "/green").await, Ok(Colour::Green));
    assert_eq!(take("/{h}", "/example.com").await, Ok(Host(Uri::from_static("example.com"))));
    assert_eq!(take("/{*rest}", "/a/b%2Fc").await, Ok("a/b/c".to_owned()));
}

#[tokio::test]
async fn several_values() {
    let pattern = "/{shelf}/{number}";
    let page = Page { shelf: "new books".into(), number: 7 };
    assert_eq!(take(pattern, "/new%20books/7").await, Ok(page));
    assert_eq!(take(pattern, "/new/7").await, Ok(("new".to_owned(), 7_u8)));
    assert_eq!(take(pattern, "/1/7").await, Ok(vec![1_u8, 7]));
    let pairs = [("shelf".to_owned(), "new".to_owned()), ("number".to_owned(), "7".to_owned())];
    assert_eq!(take(pattern, "/new/7").await, Ok(BTreeMap::from(pairs.clone())));
    assert_eq!(take(pattern, "/new/7").await, Ok(pairs.to_vec()));
    assert_eq!(take("/{number}/{shelf}", "/7/x").await, Ok(Page { shelf: "x".into(), number: 7 }));
    assert_eq!(take("/static", "/static").await, Ok(()));
}

#[tokio::test]
async fn a_value_that_does_not_fit_is_the_clients_fault_and_named() {
    async fn refused<T>(path: &str) -> String
    where
        T: DeserializeOwned + Send + Sync + Clone + std::fmt::Debug + 'static,
    {
        let (status, message) = take::<T>("/{id}", path).await.unwrap_err();
        assert_eq!(status, 400, "{message}");
        message
    }
    assert_eq!(
        refused::<u64>("/abc").await,
        "path parameter `id`: `abc` is not a number from 0 to 18446744073709551615"
    );
    assert!(refused::<u8>("/256").await.ends_with("`256` is not a number from 0 to 255"));
    assert!(refused::<bool>("/yes").await.ends_with("is not `true` or `false`"));
    assert!(refused::<Colour>("/blue").await.ends_with("is not one of red, green"));
    assert!(refused::<char>("/ab").await.contains("`id`"));
    assert!(refused::<Host>("/%20").await.starts_with("path parameter `id`: `%20` does not fit: "));
    for path in ["/NaN", "/inf", "/1e999", "/x"] {
        assert!(refused::<f64>(path).await.ends_with("is not a decimal number"), "{path}");
    }
    let (status, message) = take::<Page>("/{shelf}/{number}", "/new/many").await.unwrap_err();
    assert_eq!(status, 400);
    assert!(message.starts_with("path parameter `number`: `many`"), "{message}");
}

#[tokio::test]
async fn a_type_that_does_not_fit_the_pattern_is_ours() {
    let two = "/{a}/{b}";
    for (status, message) in [
        take::<u8>(two, "/1/2").await.unwrap_err(),
        take::<(u8, u8, u8)>(two, "/1/2").await.unwrap_err(),
        take::<(u8,)>(two, "/1/2").await.unwrap_err(),
        take::<u8>("/static", "/static").await.unwrap_err(),
        take::<Page>(two, "/1/2").await.unwrap_err(),
    ] {
        assert_eq!(status, 500, "{message}");
        assert!(
            message.contains("parameters, and") || message.contains("no parameter `shelf`"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn without_a_route_there_is_no_path() {
    let mut request = Request::get("/7");
    let error = Path::<u8>::from_request(&(), &mut request).await.unwrap_err();
    assert_eq!(error.status(), 500);
}
