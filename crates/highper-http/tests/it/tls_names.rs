//! Which certificate a client gets, and new ones without a restart.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use highper_http::{Http, Limits, Tls};

use crate::certificates::{Authority, Client};
use crate::support::{Running, Service};

/// The certificate that a client gets which trusts whatever `authority` signs.
async fn certificate(client: &Client, server: &Running, name: &str) -> Option<Vec<u8>> {
    let stream = client.connect(server, name).await.ok()?;
    Some(stream.get_ref().1.peer_certificates().unwrap()[0].to_vec())
}

fn serve(tls: Tls) -> Running {
    Running::serve(Http::new(Service).limits(Limits::default()).tls(tls))
}

#[tokio::test]
async fn each_client_gets_the_certificate_for_its_name() {
    let authority = Authority::new();
    let (first, wild) = (
        authority.issue("first", &["first.example", "one.example"]),
        authority.issue("wild", &["*.wild.example", "WILD.example"]),
    );
    let tls =
        Tls::builder().certificate_files(&first.0, &first.1).certificate_files(&wild.0, &wild.1);
    let server = serve(tls.clone().build().unwrap());
    let client = authority.client();
    let one = certificate(&client, &server, "first.example").await;
    assert!(one.is_some());
    assert_eq!(certificate(&client, &server, "ONE.example").await, one);
    let wild = certificate(&client, &server, "a.wild.example").await;
    assert!(wild.is_some() && wild != one);
    assert_eq!(certificate(&client, &server, "wild.example").await, wild);
    // Two labels are not one: the client is shown the first certificate, and does not take it.
    assert_eq!(certificate(&client, &server, "a.b.wild.example").await, None);
    let shown = client.connect(&server, "a.b.wild.example").await.unwrap_err();
    assert!(shown.to_string().contains("not valid for name"), "{shown}");
    let strict = serve(tls.refuse_unknown_names().build().unwrap());
    assert_eq!(certificate(&client, &strict, "first.example").await, one);
    let refused = client.connect(&strict, "unknown.example").await.unwrap_err();
    assert!(refused.to_string().contains("alert"), "{refused}");
}

#[tokio::test]
async fn a_reload_changes_the_certificate_and_no_handshake_fails() {
    let authority = Authority::new();
    let files = authority.issue("site", &["localhost"]);
    let tls = Tls::builder().certificate_files(&files.0, &files.1).build().unwrap();
    let reloader = tls.reloader();
    let (server, client) = (Arc::new(serve(tls)), authority.client());
    let stop = Arc::new(AtomicBool::new(false));
    let shaking = tokio::spawn({
        let (server, client, stop) = (Arc::clone(&server), client.clone(), Arc::clone(&stop));
        async move {
            let mut handshakes = 0;
            while !stop.load(Relaxed) {
                assert!(certificate(&client, &server, "localhost").await.is_some());
                handshakes += 1;
            }
            handshakes
        }
    });
    let mut seen = vec![certificate(&client, &server, "localhost").await.unwrap()];
    for _ in 0..10 {
        authority.issue("site", &["localhost"]);
        reloader.reload().unwrap();
        let now = certificate(&client, &server, "localhost").await.unwrap();
        assert!(!seen.contains(&now), "the handshake after a reload gets the new one");
        seen.push(now);
    }
    stop.store(true, Relaxed);
    assert!(shaking.await.unwrap() > 0);
    assert_eq!(server.counters.failed_handshakes(), 0);
}

#[tokio::test]
async fn a_broken_file_is_told_and_the_old_certificate_stays() {
    let authority = Authority::new();
    let files = authority.issue("site", &["localhost"]);
    let tls = Tls::builder().certificate_files(&files.0, &files.1).build().unwrap();
    let reloader = tls.reloader();
    let (server, client) = (serve(tls), authority.client());
    let before = certificate(&client, &server, "localhost").await;
    assert!(before.is_some());
    let key = std::fs::read(&files.1).unwrap();
    for broken in ["", "-----BEGIN PRIVATE KEY-----\nabc", "nonsense"] {
        std::fs::write(&files.1, broken).unwrap();
        let error = reloader.reload().unwrap_err();
        assert!(error.to_string().contains("site.key"), "{error}");
        assert_eq!(certificate(&client, &server, "localhost").await, before);
    }
    std::fs::remove_file(&files.1).unwrap();
    assert!(reloader.reload().unwrap_err().is_unreadable());
    std::fs::write(&files.1, key).unwrap();
    reloader.reload().unwrap();
}

#[tokio::test]
async fn a_session_from_before_a_reload_is_not_resumed() {
    let authority = Authority::new();
    let files = authority.issue("site", &["localhost"]);
    let tls = Tls::builder().certificate_files(&files.0, &files.1).build().unwrap();
    let reloader = tls.reloader();
    let server = serve(tls);
    let client = authority.client().remembering();
    assert!(!client.resumes(&server).await);
    assert!(client.resumes(&server).await);
    reloader.reload().unwrap();
    assert!(!client.resumes(&server).await);
}

#[tokio::test]
async fn a_ready_made_configuration_is_used_as_it_is() {
    let authority = Authority::new();
    let files = authority.issue("site", &["localhost"]);
    let tls = Tls::from_config(authority.ready_made(&files));
    assert!(tls.reloader().reload().unwrap_err().to_string().contains("ready-made"));
    let server = serve(tls);
    assert!(certificate(&authority.client(), &server, "localhost").await.is_some());
}

#[test]
fn all_problems_are_told_at_once_with_their_files() {
    let authority = Authority::new();
    let (one, two) = (authority.issue("one", &["a.example"]), authority.issue("two", &[]));
    let same = authority.issue("same", &["b.example", "A.example"]);
    let empty = authority.path("empty.pem");
    std::fs::write(&empty, "").unwrap();
    let error = Tls::builder()
        .certificate_files(&one.0, &one.1)
        .certificate_files(authority.path("gone.pem"), authority.path("gone.key"))
        .certificate_files(&empty, &empty)
        .certificate_files(&one.0, &same.1)
        .certificate_files(&two.0, &two.1)
        .certificate_files(&same.0, &same.1)
        .certificate_pem("x", "y")
        .require_client_certificates(&one.1)
        .build()
        .unwrap_err();
    let text = error.to_string();
    let lines: Vec<_> = text.lines().collect();
    let expected = [
        "gone.pem: cannot be read: No such file",
        "gone.key: cannot be read: No such file",
        "empty.pem: no certificate in it",
        "empty.pem: no private key in it",
        "same.key: not the key of the first certificate in ",
        "two.pem: no DNS name in it",
        "same.pem: both are for the name a.example",
        "certificate 7, from memory: no certificate in it",
        "certificate 7, from memory: no private key in it",
        "one.key: no certificate in it",
    ];
    assert_eq!(lines.len(), expected.len(), "{text}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.contains(expected), "{line:?} is not about {expected:?}");
    }
    assert!(error.is_unreadable());
    let nothing = Tls::builder().build().unwrap_err().to_string();
    assert!(nothing.contains("certificate_files"), "{nothing}");
}
