//! TLS by rustls: certificates by name, client certificates, replacing both while serving.

mod config;

mod builder;

mod certificate;

mod by_name;

mod error;

mod reload;

mod accept;

mod session;

mod connection;

pub(crate) use session::Session;

pub use self::builder::TlsBuilder;
pub use self::config::Tls;
pub use self::connection::TlsConnection;
pub use self::error::{TlsError, TlsProblem};
pub use self::reload::TlsReloader;
