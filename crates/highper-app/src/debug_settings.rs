//! Whether developers see more of an error than others.

use highper_core::BootErrors;
use highper_net::Endpoint;

use crate::debug_pages::IS_COMPILED;

/// Whether developers see more of an error than others, and how.
///
/// | variable | what | default |
/// |---|---|---|
/// | `APP_ENV` | `local`, `development` or `dev`: pages are on | `production` |
/// | `APP_DEBUG` | `1` or `true`, `0` or `false`: whatever `APP_ENV` says | |
/// | `APP_DEBUG_EXPOSED` | `1`: pages may be shown to other machines | `0` |
/// | `APP_EDITOR` | opens files from the page: `vscode`, `zed`, `rustrover`, ... or a link with `%file` and `%line` | none |
///
/// A build without debug assertions (a release build), or without the feature `debug-pages`, has no
/// such pages, whatever is set here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DebugSettings {
    /// Errors are shown with their causes, source code, the request and settings.
    pub on: bool,
    /// They are even if the server can be reached from other machines, or is asked for by a name that
    /// is not this machine's.
    pub exposed: bool,
    /// The name of an editor, or a link with `%file` and `%line`.
    pub editor: Option<String>,
}

impl DebugSettings {
    pub(crate) fn read(lookup: &impl Fn(&str) -> Option<String>, errors: &mut BootErrors) -> Self {
        let mut flag = |name: &str| {
            let value = lookup(name)?;
            let is_on = parse_flag(&value);
            if is_on.is_none() {
                errors.push(format_args!("{name}: `{}` is not 0 or 1", value.escape_debug()));
            }
            is_on
        };
        let by_name = || {
            let name = lookup("APP_ENV").unwrap_or_default();
            ["local", "development", "dev"].iter().any(|local| name.eq_ignore_ascii_case(local))
        };
        Self {
            on: flag("APP_DEBUG").unwrap_or_else(by_name),
            exposed: flag("APP_DEBUG_EXPOSED").unwrap_or_default(),
            editor: lookup("APP_EDITOR").filter(|name| !name.is_empty()),
        }
    }

    /// Are they shown by this build?
    pub(crate) fn is_effective(&self) -> bool {
        IS_COMPILED && self.on
    }

    /// Refuses to show source code and settings to a network.
    pub(crate) fn check<'a>(
        &self,
        endpoints: impl IntoIterator<Item = &'a Endpoint>,
        errors: &mut BootErrors,
    ) {
        if !self.is_effective() || self.exposed {
            return;
        }
        for address in endpoints.into_iter().filter_map(Endpoint::tcp) {
            if !address.ip().to_canonical().is_loopback() {
                errors.push(format_args!(
                    "APP_DEBUG: error pages with source code and settings would be shown at {address}, \
                     which other machines reach; set ADDRESS to one of 127.0.0.1, APP_DEBUG=0, or \
                     APP_DEBUG_EXPOSED=1 where everybody who reaches it may read them"
                ));
            }
        }
    }
}

fn parse_flag(value: &str) -> Option<bool> {
    match value.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "on" | "yes" => Some(true),
        "0" | "false" | "off" | "no" | "" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> (DebugSettings, usize) {
        let find = |name: &str| variables.iter().find(|(key, _)| *key == name);
        let mut errors = BootErrors::new();
        let lookup = |name: &str| find(name).map(|(_, value)| (*value).to_owned());
        let settings = DebugSettings::read(&lookup, &mut errors);
        (settings, errors.iter().count())
    }

    #[test]
    fn pages_are_on_in_development_alone_unless_told_otherwise() {
        for (variables, on) in [
            (&[][..], false),
            (&[("APP_ENV", "production")], false),
            (&[("APP_ENV", "staging")], false),
            (&[("APP_ENV", "local")], true),
            (&[("APP_ENV", "Development")], true),
            (&[("APP_ENV", "dev")], true),
            (&[("APP_ENV", "local"), ("APP_DEBUG", "0")], false),
            (&[("APP_DEBUG", "true")], true),
        ] {
            assert_eq!(read(variables).0.on, on, "{variables:?}");
        }
        assert_eq!(read(&[("APP_DEBUG", "perhaps"), ("APP_DEBUG_EXPOSED", "2")]).1, 2);
    }
}
