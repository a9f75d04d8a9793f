//! The name of the environment: development, test, production.

use crate::{Dotenv, Environment};

/// `APP_ENV`, from the environment or else from the files that do not depend on it. A file that is
/// malformed is told when it is read as a source.
pub(crate) fn environment_name(environment: &Environment, dotenv: &Dotenv) -> String {
    let in_environment = environment.texts().find(|(name, _)| *name == VARIABLE);
    if let Some((_, name)) = in_environment {
        return name.to_owned();
    }
    let files = dotenv.clone().file(".env").file(".env.local").safe_load().ok();
    let in_files = files.and_then(|variables| variables.get(VARIABLE).map(str::to_owned));
    in_files.unwrap_or_else(|| DEFAULT_ENVIRONMENT.to_owned())
}

/// It becomes part of names of files.
pub(crate) fn is_environment_name(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=64).contains(&name.len()) && name.bytes().all(is_part)
}

const VARIABLE: &str = "APP_ENV";

/// The one that shows the least and checks the most.
pub(crate) const DEFAULT_ENVIRONMENT: &str = "production";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_out_of_the_folder_is_none() {
        for name in ["", "..", "a/b", "a.b", &"a".repeat(65)] {
            assert!(!is_environment_name(name), "{name}");
        }
        assert!(is_environment_name("ci-2"));
    }
}
