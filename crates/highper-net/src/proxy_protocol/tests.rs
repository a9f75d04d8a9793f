//! Tests of the parser: examples, and what holds for all bytes.

use proptest::prelude::*;

use super::*;

fn v2(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
    let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
    [V2_SIGNATURE, &[command, family], &length, rest].concat()
}

fn header(length: usize, ends: Option<(&str, &str)>) -> Parsed {
    let parsed = |(source, destination): (&str, &str)| Ends {
        source: source.parse().unwrap(),
        destination: destination.parse().unwrap(),
    };
    Parsed::Header { length, ends: ends.map(parsed) }
}

const V4_ENDS: [u8; 12] = [192, 0, 2, 7, 10, 0, 0, 1, 0x15, 0xB3, 0, 80];

#[test]
fn version_1_tells_both_ends() {
    for (line, ends) in [
        ("PROXY TCP4 1.2.3.4 5.6.7.8 0 65535\r\n", Some(("1.2.3.4:0", "5.6.7.8:65535"))),
        ("PROXY TCP6 2001:db8::1 ::1 5555 443\r\n", Some(("[2001:db8::1]:5555", "[::1]:443"))),
        ("PROXY UNKNOWN\r\n", None),
        ("PROXY UNKNOWN whatever it says \u{fe}\r\n", None),
    ] {
        let followed = [line.as_bytes(), b"GET / HTTP/1.1\r\n"].concat();
        assert_eq!(parse(&followed), header(line.len(), ends), "{line}");
    }
}

#[test]
fn the_longest_line_is_taken_and_one_byte_more_is_not() {
    let longest = "f".repeat(MAX_V1 - "PROXY UNKNOWN \r\n".len());
    let line = format!("PROXY UNKNOWN {longest}\r\n");
    assert_eq!(parse(line.as_bytes()), header(MAX_V1, None));
    let line = format!("PROXY UNKNOWN {longest}f\r\n");
    assert!(matches!(parse(line.as_bytes()), Parsed::Malformed(_)));
    assert_eq!(parse(&line.as_bytes()[..MAX_V1 - 1]), Parsed::Incomplete);
}

#[test]
fn what_is_not_quite_version_1_is_refused() {
    for line in [
        "GET / HTTP/1.1\r\n",
        "proxy TCP4 1.2.3.4 5.6.7.8 1 2\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n",
        "PROXY TCP4  1.2.3.4 5.6.7.8 1 2\r\n",
        "PROXY TCP4 ::1 ::1 1 2\r\n",
        "PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n",
        "PROXY TCP4 01.2.3.4 5.6.7.8 1 2\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 +1 2\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 01 2\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 65536 2\r\n",
        "PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n",
        "PROXY UNKNOWNS\r\n",
        "PROXY \r\n",
    ] {
        assert!(matches!(parse(line.as_bytes()), Parsed::Malformed(_)), "{line}");
    }
}

#[test]
fn version_2_tells_both_ends_and_what_else_it_says_is_skipped() {
    let told = Some(("192.0.2.7:5555", "10.0.0.1:80"));
    assert_eq!(parse(&v2(0x21, 0x11, &V4_ENDS)), header(28, told));
    let with_more = [&V4_ENDS[..], &[0x04, 0, 3, 1, 2, 3]].concat();
    assert_eq!(parse(&[&v2(0x21, 0x11, &with_more)[..], b"GET"].concat()), header(34, told));
    let mut v6 = [0; 36];
    (v6[15], v6[31], v6[33], v6[35]) = (1, 2, 3, 4);
    assert_eq!(parse(&v2(0x21, 0x21, &v6)), header(52, Some(("[::1]:3", "[::2]:4"))));
}

#[test]
fn a_proxy_that_speaks_for_itself_or_knows_no_address_is_taken_as_it_is() {
    assert_eq!(parse(&v2(0x20, 0x00, b"")), header(16, None));
    assert_eq!(parse(&v2(0x20, 0x99, b"ignored")), header(23, None));
    assert_eq!(parse(&v2(0x21, 0x00, b"")), header(16, None));
    assert_eq!(parse(&v2(0x21, 0x31, &[0; 216])), header(232, None));
}

#[test]
fn what_is_not_quite_version_2_is_refused() {
    for bytes in [
        v2(0x11, 0x11, &V4_ENDS),
        v2(0x22, 0x11, &V4_ENDS),
        v2(0x21, 0x12, &V4_ENDS),
        v2(0x21, 0x41, &V4_ENDS),
        v2(0x21, 0x11, &V4_ENDS[..11]),
        v2(0x21, 0x21, &V4_ENDS),
        v2(0x21, 0x31, &[0; 215]),
        v2(0x20, 0x00, &[0; MAX_V2_REST + 1]),
    ] {
        assert!(matches!(parse(&bytes), Parsed::Malformed(_)), "{bytes:x?}");
    }
    assert_eq!(parse(&v2(0x20, 0, &[0; MAX_V2_REST])), header(MAX_HEADER, None));
    // Told before the rest has come.
    assert!(matches!(parse(&v2(0x31, 0, b"")[..13]), Parsed::Malformed(_)));
}

#[test]
fn trusted_networks_are_read_and_asked() {
    let trusted: Trusted = "10.1.0.0/16, 192.0.2.7,fd00::/8".parse().unwrap();
    for ip in ["10.1.255.255", "::ffff:10.1.0.1", "192.0.2.7", "fd12::1"] {
        assert!(trusted.contains(ip.parse().unwrap()), "{ip}");
    }
    for ip in ["10.2.0.0", "192.0.2.6", "fe80::1", "::a01:1"] {
        assert!(!trusted.contains(ip.parse().unwrap()), "{ip}");
    }
    for text in ["", "10.0.0.0/33", "proxy.example", "10.0.0.0/8,"] {
        assert!(text.parse::<Trusted>().is_err(), "{text}");
    }
}

/// Headers, and bytes that are nearly headers.
fn streams() -> impl Strategy<Value = Vec<u8>> {
    let ip = "(TCP4 [0-9.]{7,15} [0-9.]{7,15}|TCP6 [0-9a-f:]{2,39} [0-9a-f:]{2,39}|UNKNOWN)";
    let line = format!("PROXY {ip} [0-9]{{1,5}} [0-9]{{1,5}}\r\n[a-z]{{0,8}}");
    let version_2 = (0x1f_u8..0x23, 0_u8..0x40, prop::collection::vec(any::<u8>(), 0..300))
        .prop_map(|(command, family, rest)| v2(command, family, &rest));
    let flipped = version_2.clone().prop_perturb(|mut bytes, mut random| {
        let at = random.random_range(0..bytes.len());
        bytes[at] = random.random();
        bytes
    });
    prop_oneof![
        proptest::string::string_regex(&line).unwrap().prop_map(String::into_bytes),
        version_2,
        flipped,
        prop::collection::vec(any::<u8>(), 0..150),
    ]
}

proptest! {
    #[test]
    fn however_the_bytes_are_cut_the_answer_is_the_same(bytes in streams()) {
        let whole = parse(&bytes);
        let first = (0..=bytes.len()).map(|cut| parse(&bytes[..cut])).find(|p| *p != Parsed::Incomplete);
        prop_assert_eq!(first.unwrap_or(Parsed::Incomplete), whole);
        if let Parsed::Header { length, .. } = whole {
            prop_assert!(length <= bytes.len().min(MAX_HEADER));
            prop_assert_eq!(parse(&bytes[..length - 1]), Parsed::Incomplete);
        }
    }

    #[test]
    fn what_is_incomplete_is_short(bytes in streams(), more in prop::collection::vec(any::<u8>(), 0..9000)) {
        let bytes = [bytes, more].concat();
        prop_assert!(parse(&bytes) != Parsed::Incomplete || bytes.len() < MAX_HEADER);
    }
}
