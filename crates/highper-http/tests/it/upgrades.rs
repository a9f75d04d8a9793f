//! Leaving HTTP, and not leaving it.

use highper_http::Limits;
use tokio::io::AsyncWriteExt;

use crate::support::{Running, read_to_end, read_until};

#[tokio::test]
async fn bytes_after_an_upgrade_belong_to_the_new_protocol() {
    for server in Running::on_each_engine(Limits::default()) {
        let mut client = server.connect().await;
        let head =
            "GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";
        client.write_all(format!("{head}first").as_bytes()).await.unwrap();
        let got = read_until(&mut client, "first").await;
        assert!(got.starts_with("HTTP/1.1 101 "), "{got}");
        client.write_all(b"GET / HTTP/1.1\nnot http").await.unwrap();
        read_until(&mut client, "not http").await;
        client.shutdown().await.unwrap();
        assert_eq!(read_to_end(&mut client).await, "");
    }
}

#[tokio::test]
async fn a_refused_upgrade_leaves_the_connection_as_it_was() {
    for server in Running::on_each_engine(Limits::default()) {
        let stream = "GET /no HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n\
                  GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        let got = server.exchange(stream).await;
        assert!(got.contains("\r\n\r\n/noHTTP/1.1 200") && got.ends_with("/next"), "{got}");
    }
}

#[tokio::test]
async fn a_request_without_upgrade_is_told_what_is_missing() {
    for server in Running::on_each_engine(Limits::default()) {
        let got =
            server.exchange("GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
        assert!(got.starts_with("HTTP/1.1 426 "), "{got}");
    }
}

#[tokio::test]
async fn an_answer_that_names_another_protocol_has_it_as_an_option_of_the_connection() {
    for server in Running::on_each_engine(Limits::default()) {
        let head =
            "GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";
        let mut client = server.connect().await;
        client.write_all(head.as_bytes()).await.unwrap();
        let got = read_until(&mut client, "\r\n\r\n").await;
        assert_eq!(options(&got), ["upgrade"], "{got}");

        let required =
            |fields| format!("GET /upgrade-required HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        let stream = required("") + &required("Connection: close\r\n");
        let got = server.exchange(stream).await;
        assert_eq!(options(&got), ["upgrade", "upgrade", "close"], "{got}");
    }
}

/// The options of the connection in all answers, one after the other.
fn options(answers: &str) -> Vec<&str> {
    let fields = answers.lines().filter_map(|line| line.strip_prefix("connection: "));
    fields.flat_map(|field| field.split(',').map(str::trim)).collect()
}
