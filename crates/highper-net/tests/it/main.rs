//! Real sockets against real servers, over both topologies.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "helpers of tests, which the lints do not know for tests"
)]

mod activation;
mod boot;
#[cfg(target_os = "linux")]
mod descriptors;
mod drain;
mod limits;
mod next;
mod parking;
mod proxy;
mod serving;
mod support;
mod unix;
