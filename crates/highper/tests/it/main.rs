//! What the whole promises, seen through the umbrella crate.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod allocations;

mod inject;
