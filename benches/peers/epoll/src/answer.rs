//! From bytes to bytes: finds whole request heads and appends their answers.

use std::io::Write;

use memchr::memmem::Finder;
use peer_settings::{HELLO, Message};

/// Answers every whole request head in `input`; says how many bytes it took.
pub fn answer_all(head_end: &Finder<'_>, input: &[u8], output: &mut Vec<u8>) -> usize {
    let mut taken = 0;
    while let Some(length) = head_end.find(&input[taken..]) {
        answer(&input[taken..taken + length], output);
        taken += length + head_end.needle().len();
    }
    taken
}

fn answer(head: &[u8], output: &mut Vec<u8>) {
    let Some(target) = head.strip_prefix(b"GET ") else {
        return respond(output, "405 Method Not Allowed", "text/plain", b"");
    };
    let path = target.split(|&byte| byte == b' ').next().unwrap_or_default();
    match path {
        b"/plaintext" => respond(output, "200 OK", "text/plain", HELLO.as_bytes()),
        b"/json" => match serde_json::to_vec(&Message::hello()) {
            Ok(body) => respond(output, "200 OK", "application/json", &body),
            Err(_) => respond(output, "500 Internal Server Error", "text/plain", b""),
        },
        _ => match path.strip_prefix(b"/users/").map(parse_id) {
            Some(Some(id)) => {
                respond(output, "200 OK", "text/plain", id.to_string().as_bytes());
            }
            Some(None) => respond(output, "400 Bad Request", "text/plain", b""),
            None => respond(output, "404 Not Found", "text/plain", b""),
        },
    }
}

fn parse_id(bytes: &[u8]) -> Option<u64> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

fn respond(output: &mut Vec<u8>, status: &str, content_type: &str, body: &[u8]) {
    for part in ["HTTP/1.1 ", status, "\r\nContent-Type: ", content_type, "\r\nContent-Length: "] {
        output.extend_from_slice(part.as_bytes());
    }
    // Writing to a vector cannot fail.
    let _ = write!(output, "{}\r\n\r\n", body.len());
    output.extend_from_slice(body);
}
