//! Configuration as its users see it: real files, and what is told of broken ones.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod dotenv_files;
mod folder;
mod grammar;
mod mistakes;
mod project;
mod properties;
mod sections;
