//! Static content for Highper: the files of a directory, or of the program itself, as a handler.
//!
//! ```no_run
//! use highper_fs::StaticFiles;
//!
//! let assets = StaticFiles::directory("assets")
//!     .precompressed()
//!     .cache_control("*-????????.js", "public, max-age=31536000, immutable")
//!     .build()?;
//! # Ok::<(), highper_fs::StaticFilesError>(())
//! ```
//!
//! Give it to the router at a wildcard (`/assets/{*path}`), or mount it.

mod static_files;

mod builder;

mod rules;

mod request_path;

mod answer;

mod validator;

mod ranges;

mod coding;

mod content_type;

mod file_set;

mod directory;

mod root;

mod embedded;

mod file_body;

#[cfg(target_os = "linux")]
mod page_cache;

#[cfg(not(target_os = "linux"))]
#[path = "no_page_cache.rs"]
mod page_cache;

mod listing;

pub use builder::{DEFAULT_MAX_PARTS, DEFAULT_MEMORY_BYTES, StaticFilesBuilder, StaticFilesError};
pub use ranges::{MAX_RANGE_SPECS, Ranges, ranges};
pub use static_files::StaticFiles;
