//! Configuration: layered and typed, with the source of each value.
//!
//! Defaults in code, TOML files, dotenv files, the environment and arguments: of two that have a key the
//! later one wins. Sections are read as types, and everything that is wrong with them is told at once.
//!
//! ```
//! use highper_config::{Arguments, Config, Environment, Secret, Toml};
//! use serde::Deserialize;
//!
//! #[derive(Deserialize)]
//! #[serde(default)]
//! struct Database {
//!     url: Secret<String>,
//!     pool_size: u16,
//! }
//!
//! impl Default for Database {
//!     fn default() -> Self {
//!         Self { url: Secret::new("sqlite:shop.db".to_owned()), pool_size: 8 }
//!     }
//! }
//!
//! # fn main() -> Result<(), highper_core::BootErrors> {
//! // `Config::of_project(".")` takes those of this process.
//! let environment = [("DATABASE_URL", "postgres://shop:hunter2@db/shop")];
//! let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
//! let config = Config::builder()
//!     .source(Toml::defaults("[database]\npool_size = 16"))
//!     .project("/srv/shop", Environment::of(environment), Arguments::of(["--set", "database.pool_size=20"]))
//!     .build()?;
//!
//! let database = config.section::<Database>("database");
//! config.check()?;
//! assert_eq!(database?.pool_size, 20);
//! assert_eq!(
//!     config.show().to_string(),
//!     "database.pool_size = 20   # --set\n\
//!      database.url       = ***  # DATABASE_URL in the environment\n"
//! );
//! # Ok(())
//! # }
//! ```
//!
//! [`Dotenv`] reads dotenv files alone, as phpdotenv does. The process environment is never changed.

mod config;

mod values;

mod builder;

mod project;

mod source;

mod origin;

mod toml_source;

mod variables_source;

mod arguments;

mod dotenv;

mod node;

mod naming;

mod keys;

mod read;

mod shown;

mod secret;

mod mask;

mod text_file;

mod boolean;

mod suggest;

pub use arguments::Arguments;
pub use builder::ConfigBuilder;
pub use config::Config;
pub use dotenv::{Checks, Dotenv, DotenvError, Variable, Variables};
pub use origin::Origin;
pub use secret::Secret;
pub use shown::{Row, Shown};
pub use source::{ConfigSource, Layer};
pub use toml_source::Toml;
pub use variables_source::Environment;
