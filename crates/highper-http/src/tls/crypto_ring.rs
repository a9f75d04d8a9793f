//! The cryptography of TLS by ring.

pub(crate) use rustls::crypto::ring::{Ticketer, default_provider};
