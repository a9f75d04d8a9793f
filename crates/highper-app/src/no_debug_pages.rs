//! What stands for the error pages of developers in a build without them.

use std::sync::Arc;

use highper_core::{BootErrors, ErrorRenderer};

use crate::Settings;

/// Can this build show them?
pub(crate) const IS_COMPILED: bool = false;

/// What an application changes about them: nothing.
#[derive(Default)]
pub(crate) struct DebugPages {}

impl DebugPages {
    pub(crate) fn renderer(
        self,
        _: &Settings,
        _: &mut BootErrors,
    ) -> Option<Arc<dyn ErrorRenderer>> {
        None
    }
}
