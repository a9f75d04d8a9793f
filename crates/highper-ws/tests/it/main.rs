//! WebSockets over real sockets, with a client of another make and with raw bytes.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

mod broadcasters;

mod channels;

mod decoder;

mod deflate;

mod handshake;

mod http2;

mod killed_process;

mod messages;

mod parking;

mod redis;

mod violations;
