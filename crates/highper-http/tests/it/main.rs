//! HTTP over real sockets: what a client sends byte by byte, and what it gets.

mod support;

mod messages;

mod refusals;

mod time_outs;

mod upgrades;

mod http2;
