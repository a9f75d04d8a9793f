//! Pipelined requests: answered in their order, and never mixed up.

use crate::conformance::case::{
    Case, HEAD, OK,
    Step::{Finish, Text, Times, Until},
    body, choice, closed, ended, must, open, refused_after, status,
};

pub(super) const CASES: &[Case] = &[
    must(
        "pipelining/in-order",
        "9112 9.3.2",
        "answers come in the order of the requests",
        &[Text(
            "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n\
             GET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
        )],
        open(&[body("/1"), body("/2"), body("/3")]),
    ),
    must(
        "pipelining/slow-first",
        "9112 9.3.2",
        "a slow answer is not overtaken",
        &[Text(
            "GET /later HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n\
             GET /later HTTP/1.1\r\nHost: a\r\n\r\nGET /4 HTTP/1.1\r\nHost: a\r\n\r\n",
        )],
        open(&[body("later"), body("/2"), body("later"), body("/4")]),
    ),
    must(
        "pipelining/mixed-bodies",
        "9112 9.3.2",
        "requests with lengths, chunks and without a body follow each other",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc\
             GET /2 HTTP/1.1\r\nHost: a\r\n\r\n\
             POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
             2\r\nde\r\n1\r\nf\r\n0\r\n\r\n\
             POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        )],
        open(&[body("abc"), body("/2"), body("def"), body("")]),
    ),
    must(
        "pipelining/head-among-them",
        "9112 9.3.2",
        "an answer to HEAD has no body, and the next answer follows its head",
        &[Text("HEAD /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")],
        open(&[HEAD, body("/2")]),
    ),
    must(
        "pipelining/chunked-answers",
        "9112 9.3.2",
        "answers of unknown length follow each other",
        &[Times("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n", 3)],
        open(&[body("astream"), body("astream"), body("astream")]),
    ),
    choice(
        "pipelining/behind-an-unread-body",
        "9112 9.3",
        "a request behind a body that the handler did not read is answered, or never read",
        &[Text(
            "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\n\
             GET /smuggled HTTP/1.1\r\nA: b\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
        )],
        open(&[body("/1"), body("/2")]),
    ),
    choice(
        "pipelining/behind-an-unread-body-in-pieces",
        "9112 9.3",
        "also where the body comes after the answer",
        &[
            Text("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234"),
            Until("/1"),
            Text("56789GET /2 HTTP/1.1\r\nHost: a\r\n\r\n"),
        ],
        open(&[body("/1"), body("/2")]),
    ),
    must(
        "pipelining/behind-a-large-unread-body",
        "9112 9.3",
        "a body too large to be read for nothing ends the connection, and is no request",
        &[
            Text("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3900000\r\n\r\n"),
            Times("GET /smuggled HTTP/1.1\r\nHost: abcde\r\n\r\n", 100_000),
        ],
        closed(&[body("/1")]),
    ),
    must(
        "pipelining/nonsense-behind-a-request",
        "9112 9.3.2",
        "what came before a malformed request is answered first",
        &[Text("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n")],
        refused_after(&[body("/1")], &[400]),
    ),
    must(
        "pipelining/nonsense-between-requests",
        "9112 2.2",
        "nothing after a malformed request is read as a request",
        &[Text(
            "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost : a\r\n\r\n\
             GET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
        )],
        refused_after(&[body("/1")], &[400]),
    ),
    must(
        "pipelining/nonsense-behind-a-slow-request",
        "9112 9.3.2",
        "a refusal waits for the answers before it",
        &[Text("GET /later HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n")],
        refused_after(&[body("later")], &[400]),
    ),
    must(
        "pipelining/behind-close",
        "9112 9.6",
        "requests behind one with `close` are not answered",
        &[Text(
            "GET /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n\
             GET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
        )],
        closed(&[body("/1")]),
    ),
    must(
        "pipelining/nonsense-behind-close",
        "9112 9.6",
        "and neither is nonsense refused there: it is not read as a request",
        &[Text("GET /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nnonsense\r\n\r\n")],
        closed(&[body("/1")]),
    ),
    must(
        "pipelining/close-in-the-middle",
        "9112 9.6",
        "all before it are answered",
        &[Text(
            "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\
             Connection: close\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
        )],
        closed(&[body("/1"), body("/2")]),
    ),
    must(
        "pipelining/a-panic-in-the-middle",
        "9112 9.3.2",
        "a failure of one request is that request's alone",
        &[Text(
            "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /panic HTTP/1.1\r\nHost: a\r\n\r\n\
             GET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
        )],
        open(&[body("/1"), status(&[500]), body("/3")]),
    ),
    must(
        "pipelining/then-half-close",
        "9112 9.6",
        "a client that has sent all its requests may end its half, and gets every answer",
        &[
            Text(
                "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /later HTTP/1.1\r\nHost: a\r\n\r\n\
                 GET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
            ),
            Finish,
        ],
        ended(&[body("/1"), body("later"), body("/3")]),
    ),
    must(
        "pipelining/cut-within-the-second",
        "9112 9.3.2",
        "the first is answered though the second has not come whole",
        &[
            Text("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HT"),
            Until("/1"),
            Text("TP/1.1\r\nHost: a\r\n\r\n"),
        ],
        open(&[body("/1"), body("/2")]),
    ),
    must(
        "pipelining/sixteen",
        "9112 9.3.2",
        "a whole batch in one packet",
        &[Times("GET /empty HTTP/1.1\r\nHost: a\r\n\r\n", 16)],
        open(&[OK, OK, OK, OK, OK, OK, OK, OK, OK, OK, OK, OK, OK, OK, OK, OK]),
    ),
];
