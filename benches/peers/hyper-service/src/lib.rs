//! The service that both hyper peers serve: hyper has no router, so the paths are matched by hand.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{CONTENT_TYPE, HeaderValue},
};
use peer_settings::{HELLO, Message};

/// Answers one request.
pub async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path();
    if request.method() != Method::GET {
        return Ok(empty(StatusCode::METHOD_NOT_ALLOWED));
    }
    Ok(match path {
        "/plaintext" => text(Bytes::from_static(HELLO.as_bytes())),
        "/json" => match serde_json::to_vec(&Message::hello()) {
            Ok(body) => full("application/json", body.into()),
            Err(_) => empty(StatusCode::INTERNAL_SERVER_ERROR),
        },
        _ => match path.strip_prefix("/users/").map(str::parse::<u64>) {
            Some(Ok(id)) => text(id.to_string().into()),
            Some(Err(_)) => empty(StatusCode::BAD_REQUEST),
            None => empty(StatusCode::NOT_FOUND),
        },
    })
}

fn text(body: Bytes) -> Response<Full<Bytes>> {
    full("text/plain; charset=utf-8", body)
}

fn full(content_type: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
