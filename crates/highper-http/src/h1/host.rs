//! `uri-host [ ":" port ]`, the value of Host (RFC 9110, section 7.2).

use super::head::table;

/// True for a host with or without a port, and for nothing, which is sent where a target has no
/// authority. User information, a path or a list is none (RFC 9112, section 3.2).
#[inline]
pub(super) fn is_host(value: &[u8]) -> bool {
    let host = without_port(value);
    // All of a name, which is short, is looked at sooner than its first wrong byte is found.
    host.iter().fold(true, |all, byte| all & IS_NAME[usize::from(*byte)]) || is_address(host)
}

#[inline]
fn without_port(value: &[u8]) -> &[u8] {
    let mut host = value;
    while let [before @ .., b'0'..=b'9'] = host {
        host = before;
    }
    host.strip_suffix(b":").unwrap_or(value)
}

/// Is it an address in brackets?
fn is_address(host: &[u8]) -> bool {
    let inner = host.strip_prefix(b"[").and_then(|host| host.strip_suffix(b"]"));
    inner.is_some_and(|inner| inner.iter().all(|byte| IS_ADDRESS[usize::from(*byte)]))
}

/// What a registered name or an IPv4 address may hold (RFC 3986, section 3.2.2).
const IS_NAME: [bool; 256] = table(b"!$&'()*+-.;=_~%");

/// What stands between the brackets of an IP literal.
const IS_ADDRESS: [bool; 256] = table(b"!$&'()*+-.;=_~%:");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_and_may_have_a_port() {
        for host in ["", "a", "a.example:80", "127.0.0.1:1", "[::1]", "[::1]:80", "[v1.a:b]", "a:"]
        {
            assert!(is_host(host.as_bytes()), "{host}");
        }
        for other in
            ["a:b", "a:80:81", "[::1", "::1", "[::1]a", "a[::1]", "a]", "a@b", "a/b", "a,b"]
        {
            assert!(!is_host(other.as_bytes()), "{other}");
        }
    }
}
