//! The container and the providers as their users see them.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the message")]

mod bindings;

mod boot;

mod conformance;

mod contextual;

mod derive;

mod hooks;

mod providers;

mod scopes;

mod speed;

mod stress;

mod support;

mod ui;
