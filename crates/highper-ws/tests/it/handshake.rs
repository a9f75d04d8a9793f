//! What opens a WebSocket, and what is refused.

use highper_ws::WebSocketSettings;

use crate::support::{Running, handshake, serve};

#[tokio::test]
async fn the_request_of_the_rfc_is_answered_as_there() {
    let server = Running::start();
    let answer = server.ask(&handshake("/", "")).await;
    assert!(answer.starts_with("HTTP/1.1 101 Switching Protocols\r\n"), "{answer}");
    assert!(answer.contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "{answer}");
}

#[tokio::test]
async fn what_is_no_handshake_is_refused_with_what_is_wanted() {
    let server = Running::start();
    let valid = handshake("/", "");
    for (request, status, wanted) in [
        (valid.replace("GET", "POST"), 405, "allow: GET"),
        (valid.replace("upgrade: WebSocket\r\n", ""), 426, "upgrade: websocket"),
        (valid.replace("keep-alive, Upgrade", "keep-alive"), 426, "upgrade: websocket"),
        (valid.replace(": 13", ": 8"), 426, "sec-websocket-version: 13"),
        (valid.replace("dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ="), 400, ""),
        (valid.replace("dGhlIHNhbXBsZSBub25jZQ==", "!"), 400, ""),
        (handshake("/", "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"), 400, ""),
        (handshake("/", "origin: https://evil.example\r\n"), 403, ""),
        (handshake("/", "origin: null\r\n"), 403, ""),
        (handshake("/refused", ""), 401, ""),
    ] {
        let answer = server.ask(&request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request}: {answer}");
        assert!(answer.contains(wanted), "{request}: {answer}");
    }
}

#[tokio::test]
async fn pages_of_the_own_host_or_of_allowed_origins_may_connect() {
    let server = Running::start();
    let own = handshake("/", "origin: https://SHOP.example\r\n");
    assert!(server.ask(&own).await.contains(" 101 "));
    let with_port = own.replace("host: shop.example", "host: shop.example:443");
    assert!(server.ask(&with_port).await.contains(" 101 "));
    let other_port = own.replace("host: shop.example", "host: shop.example:80");
    assert!(server.ask(&other_port).await.contains(" 403 "));
    let mut settings = WebSocketSettings::default();
    settings.origins = Some(vec!["https://other.example".to_owned()]);
    let server = serve(settings, std::time::Duration::from_secs(60));
    assert!(server.ask(&own).await.contains(" 403 "));
    let other = handshake("/", "origin: https://other.example\r\n");
    assert!(server.ask(&other).await.contains(" 101 "));
}

#[tokio::test]
async fn the_first_subprotocol_that_both_know_is_chosen() {
    let mut settings = WebSocketSettings::default();
    settings.protocols = vec!["v2".to_owned(), "v1".to_owned()];
    let server = serve(settings, std::time::Duration::from_secs(60));
    let offer = |names: &str| handshake("/", &format!("sec-websocket-protocol: {names}\r\n"));
    let answer = server.ask(&offer("v1, v2")).await;
    assert!(answer.contains("sec-websocket-protocol: v2\r\n"), "{answer}");
    let answer = server.ask(&offer("v3")).await;
    assert!(answer.contains(" 101 ") && !answer.contains("sec-websocket-protocol"), "{answer}");
}
