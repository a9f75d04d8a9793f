//! Bounds of a head: what is too large is told so, and not read to its end.

use crate::conformance::case::{
    Case, OK,
    Step::{Text, Times},
    body, choice, must, open, refused, should,
};

pub(super) const CASES: &[Case] = &[
    should(
        "field-limits/10000-fields",
        "9110 5.4",
        "more fields than the server wishes to process are a 4xx: 431",
        &[Text("GET / HTTP/1.1\r\nHost: a\r\n"), Times("X-Probe: b\r\n", 10_000), Text("\r\n")],
        refused(&[431]),
    ),
    should(
        "field-limits/10000-fields-without-end",
        "6585 5",
        "too many fields are refused before the head ends",
        &[Text("GET / HTTP/1.1\r\nHost: a\r\n"), Times("a:\r\n", 10_000)],
        refused(&[431]),
    ),
    should(
        "field-limits/value-of-100-kib",
        "6585 5",
        "one field that is too large is a 431",
        &[Text("GET / HTTP/1.1\r\nHost: a\r\nX-Probe: "), Times("b", 102_400), Text("\r\n\r\n")],
        refused(&[431]),
    ),
    should(
        "field-limits/endless-value",
        "6585 5",
        "a value without an end is refused before it ends",
        &[Text("GET / HTTP/1.1\r\nHost: a\r\nX-Probe: "), Times("b", 400_000)],
        refused(&[431]),
    ),
    should(
        "field-limits/endless-name",
        "6585 5",
        "a name without an end is refused before it ends",
        &[Text("GET / HTTP/1.1\r\nHost: a\r\n"), Times("b", 400_000)],
        refused(&[400, 431]),
    ),
    should(
        "field-limits/host-of-100-kib",
        "6585 5",
        "Host has a bound too",
        &[Text("GET / HTTP/1.1\r\nHost: "), Times("a", 102_400), Text("\r\n\r\n")],
        refused(&[400, 431]),
    ),
    should(
        "field-limits/endless-white-space",
        "6585 5",
        "white space before a value counts",
        &[Text("GET / HTTP/1.1\r\nHost: a\r\nX-Probe:"), Times(" ", 400_000)],
        refused(&[431]),
    ),
    should(
        "field-limits/ten-thousand-cookies",
        "6585 5",
        "very many cookies are fields like others",
        &[
            Text("GET / HTTP/1.1\r\nHost: a\r\nCookie: a=b"),
            Times("; a=b", 10_000),
            Text("\r\n\r\n"),
        ],
        refused(&[431]),
    ),
    choice(
        "field-limits/endless-empty-lines",
        "9112 2.2",
        "empty lines before a request have a bound: one is passed over",
        &[Times("\r\n", 10_000)],
        refused(&[400]),
    ),
    must(
        "field-limits/ninety-fields",
        "9110 5.4",
        "fields as real clients send them are taken",
        &[Text("GET /fields HTTP/1.1\r\nHost: a\r\n"), Times("X-Probe: b\r\n", 89), Text("\r\n")],
        open(&[body("90")]),
    ),
    must(
        "field-limits/value-of-8-kib",
        "9110 5.4",
        "a large cookie is taken",
        &[
            Text("GET /empty HTTP/1.1\r\nHost: a\r\nCookie: a="),
            Times("b", 8_192),
            Text("\r\n\r\n"),
        ],
        open(&[body("")]),
    ),
    must(
        "field-limits/head-in-many-requests",
        "9112 9.3",
        "the bounds are those of one request, not of a connection",
        &[Times("GET /f HTTP/1.1\r\nHost: a\r\nX-Probe: bbbbbbbbbbbbbbbbbbbb\r\n\r\n", 3)],
        open(&[OK, OK, OK]),
    ),
];
