//! Requests that do not wait for each other.

use crate::demo::Demo;

fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")
}

const LAST: &str = "GET /api/books/4 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

#[test]
fn sixteen_requests_in_one_write_are_answered_in_order() {
    for demo in Demo::on_each_engine(&[]) {
        let requests: String = (101..=115).map(|id| get(&format!("/api/books/{id}"))).collect();
        let got = demo.exchange(requests + LAST);
        assert_eq!(got.matches("HTTP/1.1 404 ").count(), 15, "{got}");
        let asked = (101..=115).map(|id| format!("there is no book {id}\""));
        let places: Vec<_> = asked
            .map(|text| got.find(&text).expect(&text))
            .chain(got.find("HTTP/1.1 200 "))
            .collect();
        assert_eq!(places.len(), 16, "{got}");
        assert!(places.is_sorted(), "{got}");
        assert!(got.contains("Roadside Picnic"), "{got}");
    }
}

#[test]
fn bodies_between_requests_are_not_taken_for_requests() {
    for demo in Demo::on_each_engine(&[]) {
        let body = get("/smuggled");
        let refused = format!(
            "POST /api/books HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let got = demo.exchange(refused + LAST);
        assert!(got.starts_with("HTTP/1.1 415 "), "{got}");
        assert!(!got.contains("HTTP/1.1 404 "), "{got}");
    }
}

#[test]
fn a_malformed_request_is_the_last_one_that_is_answered() {
    for demo in Demo::on_each_engine(&[]) {
        let good = get("/api/books/101") + &get("/api/books/102");
        for malformed in [
            "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
            "nonsense\r\n\r\n",
        ] {
            let got = demo.exchange(format!("{good}{malformed}{LAST}"));
            assert_eq!(got.matches("HTTP/1.1 404 ").count(), 2, "{got}");
            assert_eq!(got.matches("HTTP/1.1 400 ").count(), 1, "{got}");
            assert_eq!(got.matches("HTTP/1.1 ").count(), 3, "{got}");
            let (_, refusal) = got.split_once("HTTP/1.1 400 ").unwrap();
            assert!(refusal.contains("application/problem+json"), "{got}");
            assert!(refusal.contains("\"status\":400"), "{got}");
        }
    }
}
