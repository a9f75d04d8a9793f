//! What is asked of variables, all failures at once.

use super::error::DotenvError;
use super::variables::Variables;

/// Questions about variables; [`finish`](Self::finish) tells every failure in one error.
///
/// Begins with [`Variables::required`] or [`Variables::if_present`]; each question is about the names
/// given last. All but `required` pass over a variable that is not there.
#[derive(Debug)]
#[must_use = "nothing is told before `finish`"]
pub struct Checks<'v> {
    variables: &'v Variables,
    names: Vec<String>,
    failures: Vec<String>,
}

impl<'v> Checks<'v> {
    pub(crate) fn new(variables: &'v Variables) -> Self {
        Self { variables, names: Vec::new(), failures: Vec::new() }
    }

    /// From here on about these, which have to be there.
    pub fn required<'n>(self, names: impl IntoIterator<Item = &'n str>) -> Self {
        self.if_present(names).assert(|value| value.is_some(), "is missing")
    }

    /// From here on about these, where they are there.
    pub fn if_present<'n>(mut self, names: impl IntoIterator<Item = &'n str>) -> Self {
        self.names = names.into_iter().map(str::to_owned).collect();
        self
    }

    /// More than white space.
    pub fn not_empty(self) -> Self {
        self.present(|value| !value.trim().is_empty(), "is empty")
    }

    /// ASCII digits only, without a sign.
    pub fn is_integer(self) -> Self {
        let is_integer =
            |value: &str| !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        self.present(is_integer, "is not an integer")
    }

    /// `true`, `false`, `1`, `0`, `yes`, `no`, `on` or `off`, in any case.
    pub fn is_boolean(self) -> Self {
        let is_boolean = |value: &str| crate::boolean::parse(value).is_some();
        self.present(is_boolean, "is not a boolean")
    }

    /// One of these, exactly.
    pub fn allowed_values<'n>(self, allowed: impl IntoIterator<Item = &'n str>) -> Self {
        let allowed: Vec<_> = allowed.into_iter().collect();
        let message = format!("is not one of [{}]", allowed.join(", "));
        self.present(|value| allowed.contains(&value), &message)
    }

    /// The expression matches somewhere in the value; `^` and `$` hold it to the whole of it. One that
    /// is malformed is a failure too.
    pub fn allowed_regex(self, expression: &str) -> Self {
        match regex_lite::Regex::new(expression) {
            Ok(regex) => self.present(
                |value| regex.is_match(value),
                &format!("does not match \"{expression}\""),
            ),
            Err(error) => self.assert(
                |_| false,
                &format!(
                    "is held against \"{expression}\", which is no regular expression ({error})"
                ),
            ),
        }
    }

    /// Any other question, also about variables that are not there; `message` follows the name.
    pub fn assert(mut self, holds: impl Fn(Option<&str>) -> bool, message: &str) -> Self {
        let failing = self.names.iter().filter(|name| !holds(self.variables.get(name)));
        self.failures.extend(failing.map(|name| format!("{name} {message}")));
        self
    }

    /// # Errors
    /// All failures, in the order of the questions.
    pub fn finish(self) -> Result<(), DotenvError> {
        match self.failures.is_empty() {
            true => Ok(()),
            false => Err(DotenvError::failed_checks(self.failures)),
        }
    }

    fn present(self, holds: impl Fn(&str) -> bool, message: &str) -> Self {
        self.assert(|value| value.is_none_or(&holds), message)
    }
}
