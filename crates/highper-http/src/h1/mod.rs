//! HTTP/1.1: an engine of our own, and hyper behind strict framing. Each is a function `serve`.

pub(crate) mod head;
mod host;

mod plain_head;

pub(crate) mod engine_io;

mod chunked;

pub(crate) mod framing;

pub(crate) mod refusal;

mod outbox;

mod wire;

pub(crate) mod shared;

mod deadline;

mod connection;

pub(crate) mod linger;

pub(crate) mod native;

pub(crate) use connection::serve;
