//! Clients that end their half of the connection.

use crate::conformance::case::{
    Answer, Case,
    Step::{Cut, Finish, Text},
    body, ended, must, should, status,
};

/// An incomplete request may be refused, or dropped.
const MAYBE_REFUSED: Answer = Answer { is_optional: true, ..status(&[400]) };

pub(super) const CASES: &[Case] = &[
    must(
        "half-close/after-a-request",
        "9112 9.6",
        "a request that came whole is answered though the client has ended its half",
        &[Text("GET /f HTTP/1.1\r\nHost: a\r\n\r\n"), Finish],
        ended(&[body("/f")]),
    ),
    must(
        "half-close/while-the-handler-works",
        "9112 9.6",
        "also where the answer takes a while",
        &[Text("GET /later HTTP/1.1\r\nHost: a\r\n\r\n"), Finish],
        ended(&[body("later")]),
    ),
    must(
        "half-close/after-a-body",
        "9112 9.6",
        "also behind a body",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"), Finish],
        ended(&[body("hello")]),
    ),
    must(
        "half-close/after-chunks",
        "9112 9.6",
        "and behind chunks",
        &[
            Text("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
            Text("5\r\nhello\r\n0\r\n\r\n"),
            Finish,
        ],
        ended(&[body("hello")]),
    ),
    must(
        "half-close/chunked-answer",
        "9112 9.6",
        "an answer of unknown length comes to its end",
        &[Text("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n"), Finish],
        ended(&[body("astream")]),
    ),
    must(
        "half-close/at-once",
        "9112 9.6",
        "a connection on which nothing comes ends without an answer",
        &[Finish],
        ended(&[]),
    ),
    must(
        "half-close/in-a-request-line",
        "9112 8",
        "half a request line is no request",
        &[Text("GET /f HT"), Finish],
        ended(&[MAYBE_REFUSED]),
    ),
    must(
        "half-close/in-the-fields",
        "9112 8",
        "half a head is not processed",
        &[Text("GET /f HTTP/1.1\r\nHost: a\r\n"), Finish],
        ended(&[MAYBE_REFUSED]),
    ),
    must(
        "half-close/in-the-second-request",
        "9112 8",
        "the first is answered, half of the second is not processed",
        &[Text("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHo"), Finish],
        ended(&[body("/1"), MAYBE_REFUSED]),
    ),
    should(
        "half-close/after-an-empty-line",
        "9112 2.2",
        "an empty line alone is nothing to answer",
        &[Text("\r\n"), Cut, Finish],
        ended(&[]),
    ),
    must(
        "half-close/with-close",
        "9112 9.6",
        "`close` and a half-close agree",
        &[Text("GET /f HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), Finish],
        ended(&[body("/f")]),
    ),
];
