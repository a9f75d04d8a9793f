//! What a request says for itself, as the attributes of its span.

use highper_core::http::Version;
use highper_core::http::uri::Authority;
use highper_core::{FieldValue, Request};
use opentelemetry::KeyValue;
use opentelemetry::trace::TraceState;

use crate::method_name::MethodName;

/// The attributes that are known when a request begins, by OpenTelemetry's semantic conventions for HTTP. Not
/// its query, which may hold secrets.
pub(crate) fn attributes(request: &Request, method: MethodName) -> Vec<KeyValue> {
    let mut attributes = Vec::with_capacity(16);
    attributes.push(KeyValue::new("http.request.method", method.as_str()));
    if method.as_str() != request.method().as_str() {
        attributes
            .push(KeyValue::new("http.request.method_original", cut(request.method().as_str())));
    }
    attributes.push(KeyValue::new("url.path", cut(request.path())));
    if let Some(scheme) = request.uri().scheme_str() {
        attributes.push(KeyValue::new("url.scheme", cut(scheme)));
    }
    if let Some(authority) = request.authority().and_then(|it| it.parse::<Authority>().ok()) {
        attributes.push(KeyValue::new("server.address", cut(authority.host())));
        let port = authority.port_u16().map(i64::from);
        attributes.extend(port.map(|port| KeyValue::new("server.port", port)));
    }
    if let Some(version) = version(request.version()) {
        attributes.push(KeyValue::new("network.protocol.version", version));
    }
    if let Some(connection) = request.connection() {
        attributes.push(KeyValue::new("network.peer.address", connection.peer.ip().to_string()));
        attributes.push(KeyValue::new("network.peer.port", i64::from(connection.peer.port())));
    }
    let agent = request.header("user-agent").and_then(|agent| Some(cut(agent.to_str().ok()?)));
    attributes.extend(agent.map(|agent| KeyValue::new("user_agent.original", agent)));
    attributes
}

/// What the vendors of a trace have added to it. Nothing, where it is malformed (W3C Trace Context, section 3.3)
/// or too long.
pub(crate) fn trace_state<'a>(lines: impl Iterator<Item = FieldValue<'a>>) -> TraceState {
    let mut state = String::new();
    for line in lines {
        if state.len() + line.as_bytes().len() > MAX_TRACE_STATE {
            return TraceState::default();
        }
        if !state.is_empty() {
            state.push(',');
        }
        state.push_str(&String::from_utf8_lossy(line.as_bytes()));
    }
    state.parse().unwrap_or_default()
}

fn version(version: Version) -> Option<&'static str> {
    match version {
        Version::HTTP_10 => Some("1.0"),
        Version::HTTP_11 => Some("1.1"),
        Version::HTTP_2 => Some("2"),
        _ => None,
    }
}

/// A text of a client, which waits in the queue with thousands of others.
fn cut(text: &str) -> String {
    text[..text.floor_char_boundary(MAX_TEXT)].to_owned()
}

/// Bytes of one text of a client that are recorded.
const MAX_TEXT: usize = 256;

/// Four times what the specification asks everybody to pass on.
const MAX_TRACE_STATE: usize = 2048;
