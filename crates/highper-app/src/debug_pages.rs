//! The error pages of developers.

use std::sync::Arc;

use highper_core::{BootErrors, ErrorRenderer};
use highper_mvc::{DebugRenderer, Rows};

use crate::{Application, Settings};

/// Can this build show them? A constant, so that a release build has none of their code.
pub(crate) const IS_COMPILED: bool = cfg!(debug_assertions);

/// What an application changes about them.
#[derive(Default)]
pub(crate) struct DebugPages(Vec<Box<Change>>);

type Change = dyn FnOnce(DebugRenderer) -> DebugRenderer + Send;

impl Application {
    /// Changes the error pages of developers: adds tables, hides more secrets, maps paths. Whether they
    /// are shown is up to [`debug`](Application::debug); a release build ignores this.
    ///
    /// # Example
    /// ```
    /// # use highper_app::{Application, Settings};
    /// let application = Application::with_settings(Settings::default())
    ///     .debug(true)
    ///     .debug_pages(|pages| pages.path_map("/srv/app", "/home/ada/shop").secret("hunter22"));
    /// ```
    #[must_use]
    pub fn debug_pages(
        mut self,
        change: impl FnOnce(DebugRenderer) -> DebugRenderer + Send + 'static,
    ) -> Self {
        if IS_COMPILED {
            self.error_handling.debug_pages.0.push(Box::new(change));
        }
        self
    }
}

impl DebugPages {
    /// What shows errors to developers, if anything does.
    pub(crate) fn renderer(
        self,
        settings: &Settings,
        errors: &mut BootErrors,
    ) -> Option<Arc<dyn ErrorRenderer>> {
        // Not `is_effective`, which is the same: the compiler has to see it.
        if !IS_COMPILED || !settings.debug.on {
            return None;
        }
        let mut renderer = DebugRenderer::new()
            .static_table("Configuration", configuration(settings))
            .table("Environment", |_| Ok(environment()));
        match settings.debug.editor.as_deref().map(str::parse) {
            Some(Ok(editor)) => renderer = renderer.editor(editor),
            Some(Err(error)) => errors.push(format_args!("APP_EDITOR: {error}")),
            None => {}
        }
        Some(Arc::new(self.0.into_iter().fold(renderer, |renderer, change| change(renderer))))
    }
}

/// The fields of the settings, as they are for developers: in their `Debug` form.
fn configuration(settings: &Settings) -> Rows {
    const INDENT: &str = "    ";
    let text = format!("{settings:#?}");
    let mut rows = Rows::new();
    for line in text.lines() {
        let Some(line) = line.strip_prefix(INDENT) else { continue };
        match (line.split_once(": "), rows.last_mut()) {
            (Some((name, value)), _) if !line.starts_with([' ', '}', ']', ')']) => {
                rows.push((name.to_owned(), value.trim_end_matches(',').to_owned()));
            }
            (_, Some((_, value))) => {
                value.push(' ');
                let line = line.trim();
                let is_end = line.starts_with(['}', ']', ')']);
                value.push_str(if is_end { line.trim_end_matches(',') } else { line });
            }
            (_, None) => {}
        }
    }
    rows
}

/// Read when the page is made, so that it is in no memory of a server that shows none.
fn environment() -> Rows {
    let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    let mut rows: Rows =
        std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect();
    rows.sort();
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_a_row() {
        let rows = configuration(&Settings::default());
        let value = |name: &str| &rows.iter().find(|(key, _)| key == name).unwrap().1;
        assert_eq!(value("addresses"), "[ \"127.0.0.1:8080\", ]");
        assert_eq!(value("lame_duck"), "1s");
        assert!(value("limits").starts_with("Limits {"), "{rows:?}");
        assert!(rows.iter().all(|(name, _)| !name.contains([' ', '{'])), "{rows:?}");
    }
}
