//! What clients meet: negotiation, bodies, hostile documents.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the message")]

mod bodies;

mod bombs;

mod negotiation;

mod properties;
