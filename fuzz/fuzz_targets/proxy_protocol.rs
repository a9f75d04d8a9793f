//! Headers of the PROXY protocol, cut at random places.

#![no_main]

use highper_net::proxy_protocol::{MAX_HEADER, Parsed, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], u16)| {
    let (bytes, cut) = input;
    let whole = parse(bytes);
    match whole {
        Parsed::Incomplete => assert!(bytes.len() < MAX_HEADER),
        Parsed::Header { length, .. } => assert!(length <= bytes.len().min(MAX_HEADER)),
        Parsed::Malformed(_) => {}
    }
    let part = parse(&bytes[..usize::from(cut).min(bytes.len())]);
    assert!(part == Parsed::Incomplete || part == whole, "{part:?} became {whole:?}");
});
