//! Telemetry as somebody sees it who reads the page, or is the collector.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod calls;

mod collector;

mod logs;

mod losses;

mod metrics;

mod page;

mod settings;

mod shop;

mod traces;
