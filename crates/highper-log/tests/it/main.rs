//! The behaviour of a whole log, from events to what stands in the sink.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod alone;
mod attacks;
mod channels;
mod lines;
mod logger;
mod losses;
mod support;
