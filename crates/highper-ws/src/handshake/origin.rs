//! Whose pages may open a WebSocket (RFC 6454, and RFC 6455, section 10.2).

use http::uri::Authority;

/// The origin of a page: a scheme, a host and a port, which is that of the scheme where none is written.
#[derive(Clone, Debug)]
pub(super) struct Origin<'a> {
    scheme: &'a str,
    authority: Authority,
}

impl<'a> Origin<'a> {
    /// None where it is not of the web, as `null` and `file://` are.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        default_port(scheme)?;
        Some(Self { scheme, authority: parse(authority)? })
    }

    /// Is it a page of the host that `authority` names? The scheme is not compared: behind a proxy that
    /// ends TLS the server does not see it.
    pub(super) fn is_of(&self, authority: &str) -> bool {
        parse(authority).is_some_and(|other| self.has(self.scheme, &other))
    }

    fn has(&self, scheme: &str, authority: &Authority) -> bool {
        let own_port = self.authority.port_u16().or_else(|| default_port(self.scheme));
        self.authority.host().eq_ignore_ascii_case(authority.host())
            && own_port == authority.port_u16().or_else(|| default_port(scheme))
    }
}

impl PartialEq for Origin<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.scheme.eq_ignore_ascii_case(other.scheme) && self.has(other.scheme, &other.authority)
    }
}

/// A host, and a port that is a number if there is one.
fn parse(authority: &str) -> Option<Authority> {
    let authority: Authority = authority.parse().ok()?;
    let is_host = authority.as_str() == authority.host();
    (is_host || !authority.as_str().contains('@') && authority.port_u16().is_some())
        .then_some(authority)
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        _ if scheme.eq_ignore_ascii_case("https") => Some(443),
        _ if scheme.eq_ignore_ascii_case("http") => Some(80),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_same(origin: &str, host: &str) -> bool {
        Origin::parse(origin).is_some_and(|origin| origin.is_of(host))
    }

    #[test]
    fn a_page_of_the_host_has_its_name_and_port() {
        for (origin, host) in [
            ("http://a", "a"),
            ("https://a", "a"),
            ("https://a", "A:443"),
            ("https://a:443", "a"),
            ("http://a", "a:80"),
            ("http://a:8080", "a:8080"),
            ("http://[::1]:80", "[::1]"),
        ] {
            assert!(is_same(origin, host), "{origin} {host}");
        }
        for (origin, host) in [
            ("null", "null"),
            ("http://a", "b"),
            ("http://a.b", "b"),
            ("http://a:81", "a"),
            ("https://a", "a:80"),
            ("http://a", "a:443"),
            ("file://a", "a"),
            ("http://", ""),
            ("http://a:x", "a"),
            ("http://b@a", "a"),
        ] {
            assert!(!is_same(origin, host), "{origin} {host}");
        }
    }

    #[test]
    fn a_default_port_is_written_or_not() {
        let equal = |one, other| Origin::parse(one).unwrap() == Origin::parse(other).unwrap();
        assert!(equal("https://a", "https://A:443"));
        assert!(!equal("https://a", "http://a:443"));
        assert!(!equal("https://a", "https://a:444"));
    }
}
