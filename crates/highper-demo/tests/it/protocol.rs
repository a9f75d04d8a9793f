//! HTTP as curl speaks it.

use std::process::Command;

use crate::command::run;
use crate::curl::curl;
use crate::demo::Demo;

#[test]
fn two_requests_share_a_connection() {
    let demo = Demo::start();
    let (home, books) = (demo.url("/"), demo.url("/api/books"));
    let arguments = ["-o", "/dev/null", "-o", "/dev/null", "-w", "%{http_code} %{num_connects};"];
    let output = curl(&arguments, &[&home, &books], b"");
    assert_eq!((output.code, output.text().as_str()), (Some(0), "200 1;200 0;"));
}

#[test]
fn http_1_0_is_answered_and_closed() {
    let demo = Demo::start();
    let answer = demo.curl(&["--http1.0"], "/books/1", b"");
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("The Dispossessed"), "{answer:?}");
    // Of unknown length: without chunks it ends with the connection.
    let answer = demo.curl(&["--http1.0"], "/downloads/catalogue.csv", b"");
    assert_eq!(answer.header("transfer-encoding"), "");
    assert!(answer.text().contains("Roadside Picnic"), "{answer:?}");
    let got = demo.exchange("GET /books/2 HTTP/1.0\r\n\r\n");
    assert!(got.starts_with("HTTP/1.") && got.contains("Solaris"), "{got}");
}

#[test]
fn http_2_by_prior_knowledge() {
    let demo = Demo::start();
    let answer = demo.curl(&["--http2-prior-knowledge"], "/api/books/1", b"");
    assert_eq!((answer.version.as_str(), answer.status), ("HTTP/2", 200));
    assert_eq!(answer.json()["title"], "The Dispossessed");
    let answer = demo.curl(&["--http2-prior-knowledge"], "/downloads/catalogue.csv", b"");
    assert!(answer.text().ends_with("1190\r\n"), "{answer:?}");
    let json = r#"{"title":"Ubik","author":"Philip K. Dick","price":990}"#;
    let arguments = ["--http2-prior-knowledge", "-H", "content-type: application/json", "-d", "@-"];
    let answer = demo.curl(&arguments, "/api/books", json.as_bytes());
    assert_eq!(answer.status, 201, "{answer:?}");
}

/// Asked of nghttp: curl before 8 drops an answer that ends while it uploads over HTTP/2.
#[test]
fn a_large_body_over_http_2_is_refused_and_its_stream_ended_without_an_error() {
    let demo = Demo::start();
    let mut command = Command::new("nghttp");
    command.args(["-v", "--no-dep", "-H", "content-type: application/json", "-d", "-"]);
    let output = run(command.arg(demo.url("/api/books")), &vec![b'x'; 5_000_000]);
    let said = output.text();
    assert!(said.contains(":status: 413"), "{said}{}", output.stderr);
    assert!(said.contains("16384 bytes"), "{said}");
    let (_, reset) = said.split_once("recv RST_STREAM").expect(&said);
    assert!(reset.contains("NO_ERROR"), "{said}");
    assert_eq!(demo.get("/").status, 200);
}

#[test]
fn a_chunked_upload_is_read() {
    let demo = Demo::start();
    let json = r#"{"title":"Ubik","author":"Philip K. Dick","price":990}"#;
    let chunked = ["-H", "Transfer-Encoding: chunked", "-H", "content-type: application/json"];
    let answer = demo.curl(&[&chunked[..], &["-d", json]].concat(), "/api/books", b"");
    assert_eq!((answer.status, &answer.json()["title"]), (201, &"Ubik".into()));
    // Without a length that could be refused beforehand.
    let upload = [&chunked[..], &["-X", "POST", "-T", "-"]].concat();
    let answer = demo.curl(&upload, "/api/books", &vec![b'x'; 5_000_000]);
    assert!(answer.problem(413).contains("16384 bytes"), "{answer:?}");
}

#[test]
fn a_client_that_waits_for_100_gets_it_when_the_body_is_read() {
    let demo = Demo::start();
    let json = r#"{"title":"Ubik","author":"Philip K. Dick","price":990}"#;
    let expect = ["-v", "-H", "Expect: 100-continue", "-H", "content-type: application/json"];
    let output = curl(&[&expect[..], &["-d", json]].concat(), &[&demo.url("/api/books")], b"");
    assert!(output.stderr.contains("< HTTP/1.1 100 Continue"), "{}", output.stderr);
    assert!(output.stderr.contains("< HTTP/1.1 201 Created"), "{}", output.stderr);
    // What is refused without reading the body needs none.
    let output = curl(&[&expect[..], &["-d", json]].concat(), &[&demo.url("/nowhere")], b"");
    assert!(!output.stderr.contains("100 Continue"), "{}", output.stderr);
    assert!(output.stderr.contains("< HTTP/1.1 404 Not Found"), "{}", output.stderr);
}

#[test]
fn a_large_body_is_refused_and_the_client_reads_why() {
    let demo = Demo::start();
    let large = vec![b'x'; 5_000_000];
    // curl asks first when a body is that large, unless it is told not to.
    for expect in ["Expect: 100-continue", "Expect:"] {
        let arguments =
            ["-H", expect, "-H", "content-type: application/json", "--data-binary", "@-"];
        let answer = demo.curl(&arguments, "/api/books", &large);
        assert!(answer.problem(413).contains("16384 bytes"), "{answer:?}");
    }
    assert_eq!(demo.get("/").status, 200);
}

#[test]
fn head_has_the_head_of_get_and_no_body() {
    let demo = Demo::start();
    for target in ["/books/1", "/api/books/1"] {
        let (get, head) = (demo.get(target), demo.curl(&["--head"], target, b""));
        assert_eq!(head.status, 200);
        assert_eq!(head.header("content-type"), get.header("content-type"));
        assert_eq!(head.header("content-length"), get.body.len().to_string());
        assert!(head.body.is_empty());
    }
}

#[test]
fn options_and_other_methods_tell_what_there_is() {
    let demo = Demo::start();
    let answer = demo.curl(&["-X", "OPTIONS"], "/api/books/1", b"");
    assert_eq!(answer.status, 204, "{answer:?}");
    let allowed = answer.header("allow").to_owned();
    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"] {
        assert!(allowed.split(", ").any(|found| found == method), "{allowed}");
    }
    let answer = demo.curl(&["-X", "PATCH"], "/api/books/1", b"");
    answer.problem(405);
    assert_eq!(answer.header("allow"), allowed);
    demo.curl(&["-X", "BREW"], "/api/books/1", b"").problem(501);
    demo.get("/nowhere").problem(404);
}
