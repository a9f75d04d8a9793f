//! What is wrong is told with its place, and the next request is answered.

use std::io::{Read, Write};
use std::net::Shutdown;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::demo::Demo;

const JSON: &str = "application/json";
const MESSAGE_PACK: &str = "application/msgpack";

/// Sends a body to the books and expects a refusal that says all of this.
fn refused(demo: &Demo, format: &str, body: impl AsRef<[u8]>, status: u16, told: &[&str]) {
    let body = body.as_ref();
    let detail = demo.send("POST", "/api/books", format, body).problem(status);
    for text in told {
        assert!(detail.contains(text), "{}: {detail}", String::from_utf8_lossy(body));
    }
}

#[test]
fn malformed_json_is_told_with_line_and_column() {
    let demo = Demo::start();
    let broken = "{\"title\":\"Ubik\",\n\"author\":}";
    refused(&demo, JSON, broken, 400, &["malformed JSON", "line 2 column 10"]);
    refused(&demo, JSON, "", 400, &["there is no body"]);
    refused(&demo, JSON, b"{\"title\":\"\xff\"}", 400, &["malformed JSON", "line 1"]);
}

#[test]
fn the_wrong_shape_is_told_with_the_field() {
    let demo = Demo::start();
    let number = "{\"title\":\"Ubik\",\"author\":\"x\",\"price\":\"dear\"}";
    refused(&demo, JSON, number, 422, &["`price`", "\"dear\"", "u32"]);
    let negative = "{\"title\":\"Ubik\",\"author\":\"x\",\"price\":-1}";
    refused(&demo, JSON, negative, 422, &["`price`", "`-1`"]);
    let unknown = "{\"title\":\"Ubik\",\"author\":\"x\",\"price\":1,\"pages\":2}";
    refused(&demo, JSON, unknown, 422, &["unknown field `pages`"]);
    // Refused at the first bracket that no book has, however deep it goes.
    refused(&demo, JSON, "[".repeat(10_000), 422, &["`[0]`", "line 1 column 1"]);
    refused(&demo, JSON, "{\"title\":\"Ubik\"}", 422, &["missing field `author`"]);
    let empty = "{\"title\":\" \",\"author\":\"x\",\"price\":1}";
    refused(&demo, JSON, empty, 422, &["`title` is empty"]);
}

#[test]
fn message_pack_bombs_are_refused_before_memory_is_taken() {
    let demo = Demo::start();
    refused(&demo, MESSAGE_PACK, b"\xdd\xff\xff\xff\xff", 400, &["announces 4294967295 values"]);
    refused(&demo, MESSAGE_PACK, b"\xdf\xff\xff\xff\xff", 400, &["announces 8589934590 values"]);
    refused(&demo, MESSAGE_PACK, b"\xdb\xff\xff\xff\xffa", 400, &["cut short"]);
    refused(&demo, MESSAGE_PACK, [0x91; 10_000], 400, &["levels of nesting"]);
    refused(&demo, MESSAGE_PACK, b"\x81\xa5title\x01", 422, &["`title`", "integer `1`"]);
    refused(&demo, MESSAGE_PACK, b"\xc1", 400, &["0xc1"]);
}

#[test]
fn other_formats_are_refused_with_those_that_there_are() {
    let demo = Demo::start();
    let answer = demo.send("POST", "/api/books", "text/plain", "Ubik");
    assert!(answer.problem(415).contains("`text/plain`"), "{answer:?}");
    assert!(answer.header("accept").contains(JSON), "{answer:?}");
    assert!(answer.header("accept").contains(MESSAGE_PACK), "{answer:?}");
    let answer = demo.curl(&["-H", "Accept: image/png"], "/api/books", b"");
    let detail = answer.problem(406);
    assert!(detail.contains(JSON) && detail.contains(MESSAGE_PACK), "{detail}");
}

#[test]
fn addresses_that_cannot_be_decoded_are_refused() {
    let demo = Demo::start();
    for (target, told) in [
        ("/books/%zz", "at byte 7: `%` is not followed by two hexadecimal digits"),
        ("/books/%", "at byte 7: `%` is not followed by two hexadecimal digits"),
        ("/books/%ff", "UTF-8"),
        ("/books/x", "`id`"),
        ("/books/99999999999", "`id`"),
    ] {
        let detail = demo.get(target).problem(400);
        assert!(detail.contains(told), "{target}: {detail}");
    }
    for target in ["/search?q=%zz", "/search?q=%ff", "/search?q=%f"] {
        let detail = demo.get(target).problem(400);
        assert!(detail.contains("query parameter `q`"), "{target}: {detail}");
    }
    let detail = demo.get("/search?q=a&q=b").problem(400);
    assert!(detail.contains("query parameter `q`: multiple values"), "{detail}");
}

#[test]
fn heads_that_are_too_large_are_refused() {
    let demo = Demo::start();
    let long = "x".repeat(100_000);
    demo.get(&format!("/search?q={long}")).problem(414);
    let header = format!("x-long: {long}");
    demo.curl(&["-H", &header], "/", b"").problem(431);
    let many: Vec<_> = (0..1000).map(|number| format!("x-{number}: x")).collect();
    let arguments: Vec<_> = many.iter().flat_map(|header| ["-H", header.as_str()]).collect();
    demo.curl(&arguments, "/", b"").problem(431);
}

/// Pieces that requests are made of, in any order.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"GET / HTTP/1.1\r\nHost: a\r\n".to_vec()),
        Just(b"POST /api/books HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n".to_vec()),
        Just(b"Transfer-Encoding: chunked\r\n".to_vec()),
        Just(b"Content-Length: 3\r\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"3\r\nabc\r\n0\r\n\r\n".to_vec()),
        Just(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
        Just(b"\0\0\x06\x04\0\0\0\0\0".to_vec()),
        prop::collection::vec(any::<u8>(), 0..40),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

#[test]
fn whatever_bytes_come_every_worker_goes_on() {
    let demo = Demo::with(&[("WORKER_THREADS", "1")]);
    let mut runner = TestRunner::new(Config { cases: 200, ..Config::default() });
    let outcome = runner.run(&pieces(), |bytes| {
        let mut stream = demo.connect();
        // The server may have ended the connection before all of it is sent.
        let _ = stream.write_all(&bytes).and_then(|()| stream.shutdown(Shutdown::Write));
        let ended = stream.read_to_end(&mut Vec::new());
        let waited = ended.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
        prop_assert!(!waited, "the connection is left open");
        Ok(())
    });
    outcome.unwrap();
    assert_eq!(demo.get("/").status, 200);
    let (code, log) = demo.terminate();
    assert_eq!((code, log.contains("panicked")), (Some(0), false), "{log}");
}
