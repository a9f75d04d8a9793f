//! The router as its users see it.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the message")]

mod boot;

mod conflicts;

mod groups;

mod hosts;

mod matching;

mod methods;

mod mounts;

mod parameters;

mod scopes;

mod slashes;

mod support;

mod ui;

mod urls;
