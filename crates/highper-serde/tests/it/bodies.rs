//! Bodies as clients send them: right, wrong, too large, of the wrong kind.

use highper_core::{FromRequest, IntoResponse, Request, Response};
use highper_serde::{Form, Json, MessagePack, Negotiated, Query};
use serde::Deserialize;

#[derive(Debug, PartialEq, Deserialize)]
struct Book {
    title: String,
    pages: u16,
}

const BOOK_JSON: &str = r#"{"title":"Dune","pages":412}"#;
const BOOK_MESSAGE_PACK: &[u8] = b"\x82\xa5title\xa4Dune\xa5pages\xcd\x01\x9c";
const BOOK_FORM: &str = "title=Dune&pages=412";

fn book() -> Book {
    Book { title: "Dune".to_owned(), pages: 412 }
}

async fn answer<E: FromRequest>(mut request: Request) -> Result<E, Response> {
    E::from_request(&(E::bind(&highper_core::Container::default()).unwrap()), &mut request)
        .await
        .map_err(IntoResponse::into_response)
}

async fn refusal<E: FromRequest>(request: Request) -> (u16, String, Response) {
    let response = answer::<E>(request).await.err().unwrap();
    let error = response.error().unwrap();
    let told = format!("{}: {}", error.code().unwrap(), error.message());
    (response.status().as_u16(), told, response)
}

fn post(content_type: &'static str, body: &'static [u8]) -> Request {
    Request::post("/", body).with_header("content-type", content_type)
}

#[tokio::test]
async fn every_extractor_reads_its_content_types() {
    for name in ["application/json", "Application/JSON; charset=utf-8", "application/vnd.a+json"] {
        let request = post(name, BOOK_JSON.as_bytes());
        assert_eq!(answer::<Json<Book>>(request).await.unwrap().0, book(), "{name}");
        let request = post(name, BOOK_JSON.as_bytes());
        assert_eq!(answer::<Negotiated<Book>>(request).await.unwrap().0, book(), "{name}");
    }
    for name in ["application/msgpack", "application/vnd.msgpack", "application/x-msgpack"] {
        let request = post(name, BOOK_MESSAGE_PACK);
        assert_eq!(answer::<MessagePack<Book>>(request).await.unwrap().0, book(), "{name}");
        let request = post(name, BOOK_MESSAGE_PACK);
        assert_eq!(answer::<Negotiated<Book>>(request).await.unwrap().0, book(), "{name}");
    }
    let request = post("application/x-www-form-urlencoded", BOOK_FORM.as_bytes());
    assert_eq!(answer::<Form<Book>>(request).await.unwrap().0, book());
}

#[tokio::test]
async fn another_or_no_content_type_is_415_and_names_the_right_one() {
    let (status, told, response) = refusal::<Json<Book>>(post("text/plain", b"{}")).await;
    assert_eq!(status, 415);
    assert_eq!(response.header("accept").unwrap(), "application/json");
    assert!(told.starts_with("unsupported_media_type: the content type `text/plain`"), "{told}");

    let (status, told, _) = refusal::<Json<Book>>(Request::post("/", BOOK_JSON)).await;
    assert_eq!(status, 415);
    assert!(told.ends_with("the body has no content type: send application/json"), "{told}");

    let (status, _, response) = refusal::<MessagePack<Book>>(post("application/json", b"{}")).await;
    assert_eq!(status, 415);
    assert_eq!(response.header("accept").unwrap(), "application/msgpack");

    let (status, _, response) = refusal::<Negotiated<Book>>(post("text/json", b"{}")).await;
    assert_eq!(status, 415);
    assert_eq!(response.header("accept").unwrap(), "application/json, application/msgpack");

    let (status, _, response) = refusal::<Form<Book>>(post("multipart/form-data", b"")).await;
    assert_eq!(status, 415);
    assert_eq!(response.header("accept").unwrap(), "application/x-www-form-urlencoded");
}

#[tokio::test]
async fn malformed_is_400_and_the_wrong_shape_is_422() {
    let (status, told, _) = refusal::<Json<Book>>(post("application/json", b"{\"a\":}")).await;
    assert_eq!(status, 400);
    assert_eq!(told, "malformed_body: malformed JSON: expected value at line 1 column 6");

    let wrong = br#"{"title":"Dune","pages":"many"}"#;
    let (status, told, _) = refusal::<Json<Book>>(post("application/json", wrong)).await;
    assert_eq!(status, 422);
    assert_eq!(
        told,
        r#"unexpected_body: `pages`: invalid type: string "many", expected u16 at line 1 column 30"#
    );

    let (status, told, _) = refusal::<MessagePack<Book>>(post("application/msgpack", b"")).await;
    assert_eq!((status, &*told), (400, "malformed_body: malformed MessagePack: there is no body"));

    let form = "application/x-www-form-urlencoded";
    let (status, told, _) = refusal::<Form<Book>>(post(form, b"title=%f")).await;
    assert_eq!(status, 400);
    assert!(told.starts_with("malformed_body: form field `title`: `%` at byte 6"), "{told}");
    let (status, told, _) = refusal::<Form<Book>>(post(form, b"title=a&pages=b")).await;
    assert_eq!(status, 422);
    assert!(told.starts_with("unexpected_body: form field `pages`: invalid type"), "{told}");
    let (status, told, _) = refusal::<Form<Book>>(post(form, b"title=a")).await;
    assert_eq!((status, &*told), (422, "unexpected_body: the form: missing field `pages`"));
}

#[tokio::test]
async fn a_body_over_the_limit_is_413() {
    let mut request = post("application/json", BOOK_JSON.as_bytes());
    request.set_body_limit(10);
    let (status, told, _) = refusal::<Json<Book>>(request).await;
    assert_eq!(status, 413);
    assert!(told.starts_with("body_too_large: "), "{told}");
}

#[tokio::test]
async fn a_wrong_query_is_400_and_names_the_parameter() {
    for (uri, expected) in [
        (
            "/?title=a&pages=x",
            "bad_query: query parameter `pages`: invalid type: string \"x\", expected u16",
        ),
        (
            "/?title=%C3%28",
            "bad_query: query parameter `title`: what begins at byte 6 is not UTF-8 once it is decoded",
        ),
        (
            "/?title=50%&pages=1",
            "bad_query: query parameter `title`: `%` at byte 8 is not followed by two hex digits",
        ),
        ("/?title=a", "bad_query: the query: missing field `pages`"),
        ("/", "bad_query: the query: missing field `title`"),
    ] {
        let (status, told, _) = refusal::<Query<Book>>(Request::get(uri)).await;
        assert_eq!((status, &*told), (400, expected));
    }
    let found = answer::<Query<Book>>(Request::get("/?pages=412&title=Dune")).await.unwrap();
    assert_eq!(found.0, book());
}

#[test]
fn a_value_that_cannot_be_written_is_500_and_tells_nothing() {
    let unwritable = std::collections::BTreeMap::from([((1, 2), 3)]);
    let response = Json(unwritable).into_response();
    assert_eq!(response.status(), 500);
    assert!(!response.error().unwrap().message().contains("key"));
}
