//! Pages for people. For now: the error pages that developers see.
//!
//! [`DebugRenderer`] shows an error with everything that helps to mend it: the causes, the calls that
//! led there with their source code, and the request. It is for development alone; `highper-app` puts
//! it in place where `APP_ENV` is `local`, and builds without debug assertions have none of it.
//!
//! ```
//! use highper_core::{Error, ErrorContext, ErrorRenderer, http::HeaderValue};
//! use highper_mvc::{DebugRenderer, Editor};
//!
//! let renderer = DebugRenderer::new().editor(Editor::Zed).static_table("Build", [("commit", "4f2a9c")]);
//!
//! let error = Error::from("x".parse::<u32>().unwrap_err());
//! let accept = HeaderValue::from_static("text/html");
//! let page = renderer.render(&error, &ErrorContext::new(Some(&accept)));
//! let page = String::from_utf8(page.body.to_vec()).unwrap();
//! assert!(page.contains("<b>ParseIntError</b>") && page.contains("invalid digit found in string"));
//! assert!(page.contains("zed://file/") && page.contains("4f2a9c"));
//! ```

mod debug;

pub use debug::{DebugRenderer, Editor, Frame, MAX_FRAMES, Mask, Rows, UnknownEditor};
