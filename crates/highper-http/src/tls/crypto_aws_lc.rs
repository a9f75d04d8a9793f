//! The cryptography of TLS by aws-lc-rs.

pub(crate) use rustls::crypto::aws_lc_rs::{Ticketer, default_provider};
