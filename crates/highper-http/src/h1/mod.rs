//! HTTP/1.1: strict framing in front of an engine. hyper is the engine; another one takes its place
//! by offering the same [`serve`].

pub(crate) mod head;

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

pub(crate) use connection::serve;
