//! Which host a request is for.

use highper_core::Request;

/// A host, or any one label before a domain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum HostPattern {
    Exact(String),
    Subdomain(String),
}

impl HostPattern {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (pattern, name): (fn(String) -> Self, _) = match text.strip_prefix("*.") {
            Some(domain) => (Self::Subdomain, domain),
            None => (Self::Exact, text),
        };
        let is_name =
            |character: char| character.is_ascii_alphanumeric() || "-.[:]".contains(character);
        let is_ipv6 = name.starts_with('[') && name.ends_with(']');
        let has_port = name.contains(':') && !is_ipv6;
        if name.is_empty() || !name.chars().all(is_name) || has_port {
            return Err(format!(
                "`{text}` is no host: write `example.com` or `*.example.com`, without a port"
            ));
        }
        Ok(pattern(name.to_ascii_lowercase()))
    }

    pub(crate) fn matches(&self, host: &str) -> bool {
        match self {
            Self::Exact(name) => host.eq_ignore_ascii_case(name),
            Self::Subdomain(domain) => host.split_once('.').is_some_and(|(label, rest)| {
                !label.is_empty() && rest.eq_ignore_ascii_case(domain)
            }),
        }
    }
}

/// The host of a request without its port.
pub(crate) fn of(request: &Request) -> Option<&str> {
    let host = without_port(request.authority()?);
    // `example.com.` is the same name, fully qualified.
    Some(host.strip_suffix('.').unwrap_or(host))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_case_do_not_count() {
        let exact = HostPattern::parse("API.example.com").unwrap();
        assert!(exact.matches(without_port("api.Example.com:8080")));
        assert!(!exact.matches("example.com"));
        assert_eq!(without_port("[::1]:80"), "[::1]");
        assert_eq!(without_port("[::1]"), "[::1]");
    }

    #[test]
    fn a_star_is_one_label() {
        let any = HostPattern::parse("*.example.com").unwrap();
        assert!(any.matches("a.example.com"));
        assert!(!any.matches("example.com") && !any.matches("a.b.example.com"));
        for with_port in ["example.com:80", "[::1]:80"] {
            assert!(HostPattern::parse(with_port).is_err());
        }
        assert!(HostPattern::parse("[::1]").unwrap().matches("[::1]"));
    }
}
