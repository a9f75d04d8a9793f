//! Dotenv files: their grammar, how they are found, and what may be asked of their values.

mod checks;
mod error;
mod loader;
mod nested;
mod parse;
mod value;
mod variables;

pub use checks::Checks;
pub use error::DotenvError;
pub use loader::Dotenv;
pub use variables::{Variable, Variables};
