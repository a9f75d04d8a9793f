//! An application from its start to its end, and as a handler without a server.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "programs that tests start tell them what they do")]

mod boot_errors;

#[cfg(feature = "debug-pages")]
mod error_pages;

mod error_reporters;

mod every_answer;

mod providers;

mod health;

mod in_process;

mod logs;

mod processes;

#[cfg(feature = "prometheus")]
mod telemetry;

#[cfg(feature = "tls")]
mod tls;

#[cfg(not(feature = "tls"))]
mod without_tls;

#[cfg(not(feature = "_telemetry"))]
mod without_telemetry;
