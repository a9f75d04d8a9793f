//! Real clients against the running bookshop: curl, h2load, wrk, and bytes on a raw socket.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stderr, reason = "a test that fails shows what the program said")]

mod command;

mod demo;

mod configuration;

mod console;

mod health;

mod live;

mod browser;

mod windows;

mod logging;

mod telemetry;

mod curl;

mod protocol;

mod pipelining;

mod pages;

mod books;

mod bad_input;

mod life_cycle;

mod service;

mod static_files;

mod steady;

mod processes;

mod load;

mod floods;

mod tls;

mod twelve_factor;
