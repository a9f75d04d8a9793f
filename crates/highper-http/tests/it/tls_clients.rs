//! Certificates of clients.

use highper_http::{Http, Limits, Tls};
use tokio::io::AsyncWriteExt;

use crate::certificates::{Authority, Client};
use crate::support::{Running, Service, read_to_end};

fn serve(tls: Tls) -> Running {
    Running::serve(Http::new(Service).limits(Limits::default()).tls(tls))
}

/// What `/tls` answers, or why there is no answer.
async fn ask(client: &Client, server: &Running) -> Result<String, String> {
    let mut stream =
        client.connect(server, "localhost").await.map_err(|error| error.to_string())?;
    let request = b"GET /tls HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    // With TLS 1.3 a client learns only when it reads that its certificate was not taken.
    stream.write_all(request).await.map_err(|error| error.to_string())?;
    let mut answer = String::new();
    tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut answer)
        .await
        .map_err(|error| error.to_string())?;
    Ok(answer)
}

#[tokio::test]
async fn required_certificates_are_checked_and_shown_to_the_handler() {
    let (ours, others) = (Authority::new(), Authority::new());
    let files = ours.issue("site", &["localhost"]);
    let tls = Tls::builder().certificate_files(&files.0, &files.1);
    let server = serve(tls.require_client_certificates(ours.path("ca.pem")).build().unwrap());
    let client = ours.client().identity(ours.issue("client", &["client.example"]));
    let got = ask(&client, &server).await.unwrap();
    assert!(got.ends_with("client=1"), "{got}");
    let refused = ask(&ours.client(), &server).await.unwrap_err();
    assert!(refused.contains("CertificateRequired"), "{refused}");
    let stranger = ours.client().identity(others.issue("stranger", &["stranger.example"]));
    let refused = ask(&stranger, &server).await.unwrap_err();
    assert!(refused.contains("alert"), "{refused}");
    server.fails_handshakes(2).await;
}

#[tokio::test]
async fn requested_certificates_may_be_left_out_but_not_be_wrong() {
    let (ours, others) = (Authority::new(), Authority::new());
    let files = ours.issue("site", &["localhost"]);
    let tls = Tls::builder().certificate_files(&files.0, &files.1);
    let server = serve(tls.request_client_certificates(ours.path("ca.pem")).build().unwrap());
    assert!(ask(&ours.client(), &server).await.unwrap().ends_with("client=0"));
    let client = ours.client().identity(ours.issue("client", &["client.example"]));
    assert!(ask(&client, &server).await.unwrap().ends_with("client=1"));
    let stranger = ours.client().identity(others.issue("stranger", &["stranger.example"]));
    assert!(ask(&stranger, &server).await.is_err());
}

#[tokio::test]
async fn without_tls_there_is_nothing_to_tell() {
    let server = Running::start();
    let mut client = server.connect().await;
    client.write_all(b"GET /tls HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();
    assert!(read_to_end(&mut client).await.ends_with("plain"));
}
