//! Content-Length: one number, and the body that it frames.

use crate::conformance::case::{
    Case,
    Field::Is,
    OK, REFUSED,
    Step::{Cut, Finish, Text, Times, Until},
    body, choice, either, ended, must, open, refused, refused_after, should, status,
};

pub(super) const CASES: &[Case] = &[
    must(
        "content-length/frames-the-body",
        "9112 6.3",
        "the body has exactly so many octets, and a request follows it",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello\
             GET /next HTTP/1.1\r\nHost: a\r\n\r\n",
        )],
        open(&[body("hello"), body("/next")]),
    ),
    must(
        "content-length/zero",
        "9112 6.3",
        "0 is no body",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n\
             GET /next HTTP/1.1\r\nHost: a\r\n\r\n",
        )],
        open(&[body(""), body("/next")]),
    ),
    must(
        "content-length/none",
        "9112 6.3",
        "a request without Content-Length and Transfer-Encoding has no body",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n")],
        open(&[body(""), body("/next")]),
    ),
    must(
        "content-length/leading-zeros",
        "9110 8.6",
        "leading zeros are digits: 1*DIGIT is decimal",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0005\r\n\r\nhello")],
        open(&[body("hello")]),
    ),
    must(
        "content-length/body-looks-like-a-request",
        "9112 6.3",
        "a body that looks like a request is a body",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 38\r\n\r\n\
             GET /smuggled HTTP/1.1\r\nHost: abcd\r\n\r\n",
        )],
        open(&[body("GET /smuggled HTTP/1.1\r\nHost: abcd\r\n\r\n")]),
    ),
    must(
        "content-length/body-of-line-ends",
        "9112 6.3",
        "line ends in a body are octets like others",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n\r\n\r\n")],
        open(&[body("\r\n\r\n")]),
    ),
    must(
        "content-length/with-get",
        "9112 6.3",
        "the framing of a request does not depend on its method",
        &[Text(
            "GET /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello\
             GET /next HTTP/1.1\r\nHost: a\r\n\r\n",
        )],
        open(&[body("hello"), body("/next")]),
    ),
    must(
        "content-length/with-get-that-nobody-reads",
        "9112 6.3",
        "also where the handler does not read the body, it is not read as a request",
        &[Text(
            "GET /first HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\n\
             GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
        )],
        open(&[body("/first")]),
    ),
    must(
        "content-length/plus",
        "9110 8.6",
        "a sign is no digit: 400",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello")],
        REFUSED,
    ),
    must(
        "content-length/minus",
        "9110 8.6",
        "a negative length is invalid: 400",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n")],
        REFUSED,
    ),
    must(
        "content-length/hexadecimal",
        "9110 8.6",
        "a length is decimal: 400",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\nhello")],
        REFUSED,
    ),
    must(
        "content-length/fraction",
        "9110 8.6",
        "a length is an integer: 400",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5.0\r\n\r\nhello")],
        REFUSED,
    ),
    must(
        "content-length/exponent",
        "9110 8.6",
        "a length is written out: 400",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5e0\r\n\r\nhello")],
        REFUSED,
    ),
    must(
        "content-length/empty",
        "9110 8.6",
        "an empty length is no length: 400",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n")],
        REFUSED,
    ),
    must(
        "content-length/letters",
        "9110 8.6",
        "a word is no length: 400",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: five\r\n\r\nhello")],
        REFUSED,
    ),
    must(
        "content-length/letters-after-digits",
        "9110 8.6",
        "what begins with digits is no length: 400",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5bytes\r\n\r\nhello")],
        REFUSED,
    ),
    must(
        "content-length/space-within",
        "9110 8.6",
        "digits with a space between are no length: 400",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1 0\r\n\r\n0123456789")],
        REFUSED,
    ),
    must(
        "content-length/quoted",
        "9110 8.6",
        "a length is not quoted: 400",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: \"5\"\r\n\r\nhello")],
        REFUSED,
    ),
    must(
        "content-length/underscores",
        "9110 8.6",
        "digits are not grouped: 400",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1_0\r\n\r\n0123456789")],
        REFUSED,
    ),
    must(
        "content-length/digits-of-another-script",
        "9110 8.6",
        "DIGIT is ASCII: other digits are 400",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: \u{ff15}\r\n\r\nhello")],
        REFUSED,
    ),
    must(
        "content-length/overflow-64-bits",
        "9110 8.6",
        "a length past 64 bits is refused, and never wraps around",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551621\r\n\r\nhello",
        )],
        refused(&[400, 413]),
    ),
    must(
        "content-length/overflow-63-bits",
        "9110 8.6",
        "a length past 63 bits is no negative number",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775809\r\n\r\nhello",
        )],
        refused(&[400, 413]),
    ),
    must(
        "content-length/a-thousand-digits",
        "9110 8.6",
        "a number of a thousand digits is refused, and never wraps around",
        &[
            Text("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: "),
            Times("9", 1_000),
            Text("\r\n\r\nhello"),
        ],
        refused(&[400, 413]),
    ),
    must(
        "content-length/two-that-differ",
        "9112 6.3",
        "two lengths that differ are answered 400",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        )],
        REFUSED,
    ),
    choice(
        "content-length/two-that-agree",
        "9110 8.6",
        "two that agree are refused, or taken for one; this server refuses",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        )],
        REFUSED,
    ),
    must(
        "content-length/list-that-differs",
        "9112 6.3",
        "a list of lengths that differ is answered 400",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 6\r\n\r\nhello")],
        REFUSED,
    ),
    choice(
        "content-length/list-that-agrees",
        "9110 8.6",
        "a list of the same length is refused, or taken for one; this server refuses",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello")],
        REFUSED,
    ),
    must(
        "content-length/one-empty-of-two",
        "9112 6.3",
        "an empty length beside a valid one is answered 400",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length:\r\nContent-Length: 5\r\n\r\nhello",
        )],
        REFUSED,
    ),
    must(
        "content-length/shorter-than-sent",
        "9112 6.3",
        "what is behind the length is read as the next request: rubbish is refused",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nhello\r\n\r\n")],
        refused_after(&[body("hel")], &[400]),
    ),
    must(
        "content-length/client-ends-early",
        "9112 8",
        "a body that ends before its length is incomplete, and not processed as a whole",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello"), Finish],
        ended(&[status(&[400])]),
    ),
    must(
        "content-length/client-pauses",
        "9112 6.3",
        "a body that comes in pieces is read to its length",
        &[
            Text("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nh"),
            Cut,
            Text("ell"),
            Cut,
            Text("o"),
        ],
        open(&[body("hello")]),
    ),
    must(
        "content-length/stalls",
        "9110 15.5.9",
        "a client that does not send its body in time is answered 408",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe"), Until("408")],
        refused(&[408]),
    ),
    should(
        "content-length/over-the-limit",
        "9110 15.5.14",
        "more than the server accepts is a 413",
        &[
            Text("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n"),
            Times("x", 200_000),
        ],
        either(&[status(&[413])]),
    ),
    should(
        "content-length/far-over-the-limit",
        "9110 15.5.14",
        "much more than the server accepts is a 413 at once, and it need not come",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000000\r\n\r\n")],
        refused(&[413]),
    ),
    must(
        "content-length/streamed",
        "9112 6.3",
        "a body larger than any buffer is read to its length",
        &[
            Text("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"),
            Times("0123456789", 10_000),
        ],
        open(&[body("100000")]),
    ),
    must(
        "content-length/of-the-answer",
        "9110 8.6",
        "the answer's Content-Length is the length of its body",
        &[Text("GET /empty HTTP/1.1\r\nHost: a\r\n\r\nGET /f HTTP/1.1\r\nHost: a\r\n\r\n")],
        open(&[
            OK.with(&[Is("content-length", "0")]),
            body("/f").with(&[Is("content-length", "2")]),
        ]),
    ),
];
