//! HTTP/2 by prior knowledge.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};

use crate::support::Running;

#[tokio::test]
async fn requests_share_a_connection_and_a_drain_says_goaway() {
    let server = Running::start();
    let io = TokioIo::new(server.connect().await);
    let (client, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
    let connection = tokio::spawn(connection);
    let answers = ["one", "two"].map(|text| {
        let mut client = client.clone();
        async move {
            let request =
                http::Request::post("http://a/echo").body(Full::new(Bytes::from(text))).unwrap();
            client
                .send_request(request)
                .await
                .unwrap()
                .into_body()
                .collect()
                .await
                .unwrap()
                .to_bytes()
        }
    });
    let [one, two] = answers;
    assert_eq!(tokio::join!(one, two), (Bytes::from("one"), Bytes::from("two")));
    server.drain();
    connection.await.unwrap().unwrap();
}
