//! `uri-host [ ":" port ]`, the value of Host (RFC 9110, section 7.2).

use super::head::table;

/// True for a host with or without a port, and for nothing, which is sent where a target has no
/// authority. User information, a path or a list is none (RFC 9112, section 3.2).
#[inline]
pub(super) fn is_host(value: &[u8]) -> bool {
    match value.iter().position(|byte| !IS_NAME[usize::from(*byte)]) {
        None => true,
        Some(end) => ends_host(value, end),
    }
}

/// Whether the first byte that is in no name begins an address in brackets, or the port.
fn ends_host(value: &[u8], end: usize) -> bool {
    let rest = match (end, value[end]) {
        (0, b'[') => match value.iter().position(|byte| *byte == b']') {
            Some(close) if value[1..close].iter().all(|byte| IS_ADDRESS[usize::from(*byte)]) => {
                &value[close + 1..]
            }
            _ => return false,
        },
        _ => &value[end..],
    };
    match rest {
        [] => true,
        [b':', port @ ..] => port.iter().all(u8::is_ascii_digit),
        _ => false,
    }
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
