//! The name of a method, as a label.

use highper_core::http::Method;

/// A method as a label: one of nine, or `_OTHER`, because clients may invent as many as they like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct MethodName(u8);

impl MethodName {
    /// How many there are.
    pub(crate) const COUNT: usize = NAMES.len();

    #[inline]
    pub(crate) fn of(method: &Method) -> Self {
        let name = method.as_str();
        let known = NAMES.iter().position(|known| *known == name);
        Self(known.unwrap_or(NAMES.len() - 1) as u8)
    }

    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..NAMES.len()).map(|index| Self(index as u8))
    }

    pub(crate) fn as_str(self) -> &'static str {
        NAMES[self.index()]
    }

    #[inline]
    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// Those of RFC 9110 and RFC 5789, the frequent ones first, and what stands for all others in
/// OpenTelemetry's semantic conventions.
const NAMES: [&str; 10] =
    ["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "_OTHER"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_that_clients_invent_share_a_name() {
        for (method, name) in
            [("GET", "GET"), ("TRACE", "TRACE"), ("BREW", "_OTHER"), ("get", "_OTHER")]
        {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            assert_eq!(MethodName::of(&method).as_str(), name);
        }
    }
}
