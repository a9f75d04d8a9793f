//! Expect: 100-continue.

use crate::conformance::case::{
    CONTINUE, Case,
    Field::Is,
    MAYBE_CONTINUE,
    Step::{Text, Until},
    body, closed, either, ended, must, open, refused, should, status,
};

pub(super) const CASES: &[Case] = &[
    must(
        "expect/continue-then-answer",
        "9110 10.1.1",
        "a client that waits is told 100 before the body is read, then gets its answer",
        &[
            Text("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"),
            Text("Content-Length: 5\r\n\r\n"),
            Until("100 Continue\r\n\r\n"),
            Text("hello"),
        ],
        open(&[CONTINUE, body("hello")]),
    ),
    must(
        "expect/continue-then-chunks",
        "9110 10.1.1",
        "also where the body is chunked",
        &[
            Text("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"),
            Text("Transfer-Encoding: chunked\r\n\r\n"),
            Until("100 Continue\r\n\r\n"),
            Text("5\r\nhello\r\n0\r\n\r\n"),
        ],
        open(&[CONTINUE, body("hello")]),
    ),
    must(
        "expect/in-any-case",
        "9110 10.1.1",
        "the expectation is compared without regard to case",
        &[
            Text("POST /echo HTTP/1.1\r\nHost: a\r\nexpect: 100-Continue\r\n"),
            Text("Content-Length: 5\r\n\r\n"),
            Until("100 Continue\r\n\r\n"),
            Text("hello"),
        ],
        open(&[CONTINUE, body("hello")]),
    ),
    must(
        "expect/body-comes-at-once",
        "9110 10.1.1",
        "a client that does not wait may get a 100, and gets its answer",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\
             Content-Length: 5\r\n\r\nhello",
        )],
        open(&[MAYBE_CONTINUE, body("hello")]),
    ),
    must(
        "expect/without-a-body",
        "9110 10.1.1",
        "there is nothing to wait for without a body: no 100, or one, and the answer",
        &[Text("GET /f HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n")],
        open(&[MAYBE_CONTINUE, body("/f")]),
    ),
    should(
        "expect/no-continue-for-nobody",
        "9110 10.1.1",
        "a server that knows that there is no body sends no 100",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n",
        )],
        open(&[body("")]),
    ),
    should(
        "expect/final-answer-instead",
        "9110 10.1.1",
        "a final answer may come instead of 100, and says `close` where the body is not awaited",
        &[
            Text("POST /f HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"),
            Text("Content-Length: 5\r\n\r\n"),
            Until("/f"),
        ],
        ended(&[body("/f").with(&[Is("connection", "close")])]),
    ),
    must(
        "expect/final-answer-then-a-request",
        "9110 10.1.1",
        "a request right behind a declined body is never taken for one while the body is awaited",
        &[
            Text("POST /f HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"),
            Text("Content-Length: 5\r\n\r\n"),
            Until("/f"),
        ],
        closed(&[body("/f")]),
    ),
    must(
        "expect/too-large-is-refused-at-once",
        "9110 10.1.1",
        "a body that would be refused is refused before it is asked for",
        &[
            Text("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"),
            Text("Content-Length: 1000000\r\n\r\n"),
        ],
        refused(&[413, 417]),
    ),
    must(
        "expect/unknown",
        "9110 10.1.1",
        "an expectation that is not known may be answered 417, or ignored",
        &[Text("GET /f HTTP/1.1\r\nHost: a\r\nExpect: a-miracle\r\n\r\n")],
        either(&[status(&[200, 417])]),
    ),
    must(
        "expect/malformed-framing-comes-first",
        "9112 6.3",
        "a request with faulty framing is refused and not told to continue",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\
             Content-Length: 6\r\n\r\n",
        )],
        refused(&[400]),
    ),
    must(
        "expect/second-request-too",
        "9110 10.1.1",
        "the expectation holds for its own request, each time",
        &[
            Text("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"),
            Text("Content-Length: 1\r\n\r\n"),
            Until("100 Continue\r\n\r\n"),
            Text("x"),
            Until("\r\n\r\nx"),
            Text("POST /length HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"),
            Text("Content-Length: 20\r\n\r\n"),
            Until("xHTTP/1.1 100 Continue\r\n\r\n"),
            Text("01234567890123456789"),
        ],
        open(&[CONTINUE, body("x"), CONTINUE, body("20")]),
    ),
];
