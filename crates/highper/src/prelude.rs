//! The names that most files of an application need.

#[cfg(feature = "console")]
pub use std::process::ExitCode;

pub use highper_core::{
    Body, Error, Handler, Html, Inject, IntoResponse, Middleware, Redirect, Request, Response,
};

#[cfg(feature = "app")]
pub use highper_app::{Application, StartError};
#[cfg(feature = "macros")]
pub use highper_macros::Inject;
#[cfg(feature = "router")]
pub use highper_router::{Path, Router};
#[cfg(feature = "serde")]
pub use highper_serde::{Form, Json, MessagePack, Query};
