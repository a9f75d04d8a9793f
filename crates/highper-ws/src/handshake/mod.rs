//! The request that opens a WebSocket (RFC 6455, section 4.2).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use highper_core::{Error, IntoResponse, Request, Response};
use http::{Method, StatusCode};
use sha1::{Digest, Sha1};

use self::origin::Origin;
use crate::WebSocketSettings;
use crate::deflate::Agreed;

mod origin;

/// Checks the request, and makes the answer that opens the WebSocket, with what is agreed on; or the one
/// that refuses it.
pub(crate) fn answer(
    request: &Request,
    settings: &WebSocketSettings,
) -> Result<(Response, Option<Agreed>), Response> {
    if *request.method() != Method::GET {
        let response = refused(StatusCode::METHOD_NOT_ALLOWED, "a WebSocket is opened by GET");
        return Err(response.with_header("allow", "GET"));
    }
    if !has_token(request, "upgrade", "websocket") || !has_token(request, "connection", "upgrade") {
        let what = "this is a WebSocket: send Connection: Upgrade and Upgrade: websocket";
        let response = refused(StatusCode::UPGRADE_REQUIRED, what);
        return Err(response.with_header("upgrade", "websocket"));
    }
    if one(request, "sec-websocket-version").as_deref() != Some("13") {
        let what = "the version of the WebSocket protocol is 13 (RFC 6455)";
        let response = refused(StatusCode::UPGRADE_REQUIRED, what);
        return Err(response.with_header("sec-websocket-version", "13"));
    }
    let key = one(request, "sec-websocket-key");
    let is_key = |key: &String| STANDARD.decode(key).is_ok_and(|nonce| nonce.len() == 16);
    let Some(key) = key.filter(is_key) else {
        let what = "Sec-WebSocket-Key is not 16 bytes in base64";
        return Err(refused(StatusCode::BAD_REQUEST, what));
    };
    if !is_allowed(request, settings) {
        let what = "pages of this origin may not open a WebSocket here";
        return Err(refused(StatusCode::FORBIDDEN, what));
    }
    let response = Response::empty(StatusCode::SWITCHING_PROTOCOLS)
        .with_header("connection", "upgrade")
        .with_header("upgrade", "websocket")
        .with_header("sec-websocket-accept", accept(&key));
    let response = match protocol(request, settings) {
        Some(name) => response.with_header("sec-websocket-protocol", name),
        None => response,
    };
    let Some(deflate) = &settings.deflate else { return Ok((response, None)) };
    let offers = texts(request, "sec-websocket-extensions").join(",");
    Ok(match Agreed::on(deflate, &offers) {
        Some((agreed, answer)) => {
            (response.with_header("sec-websocket-extensions", answer), Some(agreed))
        }
        None => (response, None),
    })
}

fn refused(status: StatusCode, what: &'static str) -> Response {
    Error::new(status, what).with_code("websocket_refused").into_response()
}

/// The value of a header that stands there once.
fn one(request: &Request, name: &str) -> Option<String> {
    let mut values = request.header_all(name);
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    Some(str::from_utf8(value.as_bytes()).ok()?.trim().to_owned())
}

/// All values of a header.
fn texts(request: &Request, name: &str) -> Vec<String> {
    let values = request.header_all(name);
    values.filter_map(|value| Some(str::from_utf8(value.as_bytes()).ok()?.to_owned())).collect()
}

/// The members of a list, over all headers of the name.
fn members(request: &Request, name: &str) -> Vec<String> {
    let texts = texts(request, name);
    let members = texts.iter().flat_map(|text| text.split(','));
    members.map(|member| member.trim().to_owned()).filter(|member| !member.is_empty()).collect()
}

fn has_token(request: &Request, name: &str, token: &str) -> bool {
    members(request, name).iter().any(|member| member.eq_ignore_ascii_case(token))
}

/// Browsers say whose page it is, and let no page lie about it (RFC 6455, section 10.2).
fn is_allowed(request: &Request, settings: &WebSocketSettings) -> bool {
    if request.header("origin").is_none() {
        return true;
    }
    let Some(text) = one(request, "origin") else { return false };
    let origin = Origin::parse(&text);
    match &settings.origins {
        Some(allowed) => allowed.iter().any(|allowed| {
            allowed.eq_ignore_ascii_case(&text)
                || origin.is_some() && Origin::parse(allowed) == origin
        }),
        None => origin.zip(request.authority()).is_some_and(|(origin, own)| origin.is_of(own)),
    }
}

/// The first subprotocol of ours that the client offers.
fn protocol<'s>(request: &Request, settings: &'s WebSocketSettings) -> Option<&'s str> {
    let offered = members(request, "sec-websocket-protocol");
    let is_offered = |name: &&String| offered.contains(name);
    settings.protocols.iter().find(is_offered).map(String::as_str)
}

/// What shows that the key was read (RFC 6455, section 4.2.2).
fn accept(key: &str) -> String {
    let digest = Sha1::new().chain_update(key).chain_update(GUID).finalize();
    STANDARD.encode(digest)
}

const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_the_rfc_has_its_answer() {
        assert_eq!(accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}
