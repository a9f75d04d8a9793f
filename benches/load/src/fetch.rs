//! One request and its answer, for checking a server before it is measured.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use crate::{
    Fields, LoadError,
    answer::{Parser, field},
    plan::check_loopback,
};

/// How long each step of the exchange may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The status, from 200 to 599.
    pub status: u16,
    /// The Content-Type, empty where the answer has none.
    pub content_type: String,
    /// The body, freed from its transfer coding.
    pub body: Vec<u8>,
}

/// Asks for a path once, in the first of the requests with these fields.
///
/// # Errors
/// When the address is not a loopback one, cannot be connected to, or what it answers within five
/// seconds is not HTTP/1.1 that keeps a connection usable.
pub fn fetch(address: SocketAddr, path: &str, fields: Fields) -> Result<Fetched, LoadError> {
    check_loopback(address)?;
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)
        .map_err(|error| LoadError::io(format!("cannot connect to {address}"), error))?;
    exchange(&mut stream, &fields.request(0, address, path))
}

/// Sends a request and reads its answer on a blocking stream.
pub(crate) fn exchange(stream: &mut TcpStream, request: &[u8]) -> Result<Fetched, LoadError> {
    let failed = |error| LoadError::io("cannot exchange a request and its answer", error);
    stream.set_read_timeout(Some(TIMEOUT)).map_err(failed)?;
    stream.write_all(request).map_err(failed)?;
    let (mut parser, mut received, mut body) = (Parser::new(), Vec::new(), Vec::new());
    let (mut consumed, mut input) = (0, [0; 4096]);
    loop {
        let length = stream.read(&mut input).map_err(failed)?;
        if length == 0 {
            return Err(LoadError::new("the server closed the connection before its answer ended"));
        }
        received.extend_from_slice(&input[..length]);
        let on_body = |bytes: &[u8]| body.extend_from_slice(bytes);
        let (step, answer) = parser
            .advance(&received[consumed..], on_body)
            .map_err(|error| LoadError::new(format!("the answer is malformed: {}", error.0)))?;
        consumed += step;
        if let Some(answer) = answer {
            let head = head_of(&received[..consumed]);
            let content_type = field(head, "content-type").unwrap_or_default();
            let content_type = String::from_utf8_lossy(content_type).into_owned();
            return Ok(Fetched { status: answer.status, content_type, body });
        }
    }
}

/// Up to the first empty line. (An interim answer before it would hide the fields; none of the
/// requests sent here asks for one.)
fn head_of(received: &[u8]) -> &[u8] {
    let end = memchr::memmem::find(received, b"\r\n\r\n").unwrap_or(received.len());
    &received[..end]
}
