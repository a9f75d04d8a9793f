//! HTTP/2 by hyper, behind a guard that counts what a peer asks for.

mod connection;

pub(crate) mod frame_guard;

mod goaway;

mod streams;

mod answer;

mod request_body;

pub(crate) use connection::serve;
pub(crate) use request_body::RequestBody;
pub(crate) use streams::{Flow, Held};
