//! The books as a REST resource.

use serde_json::{Value, json};

use crate::curl::Answer;
use crate::demo::Demo;

const AS_MESSAGE_PACK: [&str; 2] = ["-H", "Accept: application/msgpack"];

fn message_pack(value: &Value) -> Vec<u8> {
    rmp_serde::to_vec(value).unwrap()
}

#[test]
fn a_list_comes_in_the_format_that_was_asked_for() {
    let demo = Demo::start();
    let json = demo.get("/api/books");
    assert_eq!((json.status, json.header("content-type")), (200, "application/json"));
    assert_eq!(json.header("vary"), "accept");
    assert_eq!(json.json().as_array().map(Vec::len), Some(4));
    let packed = demo.curl(&AS_MESSAGE_PACK, "/api/books", b"");
    assert_eq!(packed.header("content-type"), "application/msgpack");
    assert_eq!(packed.message_pack(), json.json());
    let preferred = ["-H", "Accept: application/json;q=0.5, application/msgpack;q=0.9"];
    let answer = demo.curl(&preferred, "/api/books", b"");
    assert_eq!(answer.header("content-type"), "application/msgpack");
    let found = demo.get("/api/books?search=solaris").json();
    assert_eq!(
        found,
        json!([{"id": 2, "title": "Solaris", "author": "Stanisław Lem", "price": 1100}])
    );
}

#[test]
fn a_book_is_added_shown_replaced_and_removed_in_json() {
    let demo = Demo::start();
    let ubik = json!({"title": "Ubik \"1969\" <b>", "author": "Philip K. Dick", "price": 990});
    let added = demo.send("POST", "/api/books", "application/json", ubik.to_string());
    assert_eq!((added.status, added.header("location")), (201, "/api/books/5"));
    assert_eq!(demo.get("/api/books/5").json(), added.json());
    assert!(demo.get("/books/5").text().contains("Ubik &quot;1969&quot; &lt;b&gt;"));
    let dearer = json!({"title": "Ubik", "author": "Philip K. Dick", "price": 1990});
    let replaced =
        demo.send("PUT", "/api/books/5", "application/json; charset=utf-8", dearer.to_string());
    assert_eq!((replaced.status, &replaced.json()["price"]), (200, &1990.into()));
    assert_eq!(demo.get("/api/books/5").json()["price"], 1990);
    assert_eq!(remove(&demo).status, 204);
    assert_eq!(remove(&demo).problem(404), "there is no book 5");
    demo.get("/api/books/5").problem(404);
    demo.send("PUT", "/api/books/5", "application/json", dearer.to_string()).problem(404);
}

fn remove(demo: &Demo) -> Answer {
    demo.curl(&["-X", "DELETE"], "/api/books/5", b"")
}

#[test]
fn a_book_is_added_shown_and_replaced_in_message_pack() {
    let demo = Demo::start();
    let ubik = json!({"title": "Ubik", "author": "Philip K. Dick", "price": 990});
    let send = |method: &str, target: &str, body: &Value| {
        let content_type = ["-H", "content-type: application/msgpack", "--data-binary", "@-"];
        let arguments = [&["-X", method][..], &content_type, &AS_MESSAGE_PACK].concat();
        demo.curl(&arguments, target, &message_pack(body))
    };
    let added = send("POST", "/api/books", &ubik);
    assert_eq!((added.status, added.header("content-type")), (201, "application/msgpack"));
    let book = json!({"id": 5, "title": "Ubik", "author": "Philip K. Dick", "price": 990});
    assert_eq!(added.message_pack(), book);
    assert_eq!(demo.curl(&AS_MESSAGE_PACK, "/api/books/5", b"").message_pack(), book);
    let dearer = json!({"title": "Ubik", "author": "Philip K. Dick", "price": 1990});
    assert_eq!(send("PUT", "/api/books/5", &dearer).message_pack()["price"], 1990);
    // Sent in one format, answered in the other.
    let answer = demo.send("POST", "/api/books", "application/msgpack", message_pack(&ubik));
    assert_eq!((answer.status, &answer.json()["id"]), (201, &6.into()));
}

#[test]
fn answers_of_the_group_pass_its_middleware_errors_too() {
    let demo = Demo::start();
    for (target, status) in [("/api/books", 200), ("/api/books/999", 404), ("/api/books/x", 400)] {
        let answer = demo.get(target);
        assert_eq!((answer.status, answer.header("cache-control")), (status, "no-store"));
    }
    assert_eq!(demo.get("/").header("cache-control"), "");
}
