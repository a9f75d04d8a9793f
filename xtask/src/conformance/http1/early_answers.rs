//! Answers that come before the body has, and what becomes of the body.

use crate::conformance::case::{
    Case,
    Step::{Cut, Finish, Text, Times, Until},
    body, choice, closed, either, ended, must, open, should, status,
};

pub(super) const CASES: &[Case] = &[
    choice(
        "early-answers/small-body-is-passed-over",
        "9112 9.3",
        "the rest of a small body is read and dropped, and the connection goes on instead of ending",
        &[
            Text("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"),
            Until("/1"),
            Times("0123456789", 100),
        ],
        open(&[body("/1")]),
    ),
    choice(
        "early-answers/small-chunks-are-passed-over",
        "9112 9.3",
        "also where it is chunked",
        &[
            Text("POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
            Until("/1"),
            Text("a\r\n0123456789\r\n"),
            Cut,
            Text("0\r\n\r\n"),
        ],
        open(&[body("/1")]),
    ),
    must(
        "early-answers/large-body-ends-the-connection",
        "9112 9.3",
        "a large body that nobody reads ends the connection after the answer",
        &[Text("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n"), Until("/1")],
        closed(&[body("/1")]),
    ),
    should(
        "early-answers/answer-arrives-though-the-client-sends",
        "9112 9.6",
        "a server reads on after its last answer, so that a reset does not take it away",
        &[
            Text("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n"),
            Times("0123456789abcdef", 500_000),
        ],
        ended(&[body("/1")]),
    ),
    must(
        "early-answers/endless-chunks-end",
        "9112 9.3",
        "chunks without an end are not read for ever for nobody",
        &[
            Text("POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
            Text("400\r\n"),
            Times("x", 1_024),
            Text("\r\n"),
            Times("1\r\nx\r\n", 100_000),
        ],
        closed(&[body("/1")]),
    ),
    must(
        "early-answers/refused-body-is-no-request",
        "9112 9.3",
        "what is left of a refused body is never read as a request",
        &[
            Text("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 390000\r\n\r\n"),
            Times("GET /smuggled HTTP/1.1\r\nHost: abcde\r\n\r\n", 10_000),
        ],
        either(&[status(&[413])]),
    ),
    must(
        "early-answers/unread-body-stalls",
        "9112 9.5",
        "a body that nobody reads and that does not come ends the connection in time",
        &[Text("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n01234"), Until("/1")],
        ended(&[body("/1")]),
    ),
    must(
        "early-answers/panic-with-a-body",
        "9112 9.3",
        "a handler that fails leaves its body to be passed over",
        &[Text(
            "POST /panic HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello\
             GET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
        )],
        open(&[status(&[500]), body("/2")]),
    ),
    must(
        "early-answers/half-close-in-an-unread-body",
        "9112 8",
        "a client that ends within a body that nobody reads has had its answer",
        &[
            Text("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n01234"),
            Until("/1"),
            Finish,
        ],
        ended(&[body("/1")]),
    ),
];
