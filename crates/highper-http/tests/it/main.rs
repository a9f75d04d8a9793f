//! HTTP over real sockets: what a client sends byte by byte, and what it gets.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod server_events;

mod successors;

mod support;

mod messages;
mod parking;

mod refusals;

mod time_outs;

mod upgrades;

mod http2;

mod h2_frames;

mod h2_attacks;

mod h2_limits;

mod connection_limits;

mod concurrency;

mod engines;

mod certificates;

mod tls;

mod tls_names;

mod tls_clients;
