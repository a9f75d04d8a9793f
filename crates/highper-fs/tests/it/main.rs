//! Static files as a client sees them.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the message")]

mod attacks;

mod conditions;

mod embedded;

mod paths;

mod ranges;

mod site;

mod wire;
