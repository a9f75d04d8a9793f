//! Upgrade: only where it is asked for and agreed upon, and the bytes behind it.

use crate::conformance::case::{
    Case,
    Field::{Is, Present},
    OK, REFUSED,
    Step::{Finish, Text, Until},
    body, choice, ended, must, open, should, status, switched,
};

pub(super) const CASES: &[Case] = &[
    must(
        "upgrade/switches",
        "9110 7.8",
        "after a 101 the connection speaks the other protocol",
        &[
            Text(
                "GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n",
            ),
            Until("\r\n\r\n"),
            Text("ping"),
            Finish,
        ],
        ended(&[switched("ping")]),
    ),
    must(
        "upgrade/101-names-the-protocol",
        "9110 15.2.2",
        "a 101 says which protocol comes",
        &[
            Text(
                "GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n",
            ),
            Until("\r\n\r\n"),
            Finish,
        ],
        ended(&[switched("").with(&[Is("upgrade", "echo"), Present("connection")])]),
    ),
    must(
        "upgrade/bytes-right-behind",
        "9110 7.8",
        "what comes right behind the request belongs to the other protocol",
        &[
            Text("GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n"),
            Text("Upgrade: echo\r\n\r\nping"),
            Finish,
        ],
        ended(&[switched("ping")]),
    ),
    must(
        "upgrade/a-request-right-behind-is-data",
        "9110 7.8",
        "also where it looks like a request",
        &[
            Text(
                "GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n",
            ),
            Text("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"),
            Finish,
        ],
        ended(&[switched("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")]),
    ),
    must(
        "upgrade/nonsense-right-behind-is-data",
        "9110 7.8",
        "and where no HTTP parser would take it",
        &[
            Text(
                "GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n",
            ),
            Text("\0\x01\x7f \n\n"),
            Finish,
        ],
        ended(&[switched("\0\x01\x7f \n\n")]),
    ),
    must(
        "upgrade/may-be-ignored",
        "9110 7.8",
        "a server may ignore Upgrade, and answers in HTTP",
        &[Text("GET /f HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n")],
        open(&[body("/f")]),
    ),
    must(
        "upgrade/ignored-and-a-request-behind",
        "9110 7.8",
        "where it is ignored, what follows is the next request",
        &[
            Text("GET /f HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n"),
            Text("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n"),
        ],
        open(&[body("/f"), body("/2")]),
    ),
    choice(
        "upgrade/without-the-connection-option",
        "9110 7.8",
        "Upgrade counts only with the connection option `upgrade`",
        &[Text("GET /upgrade HTTP/1.1\r\nHost: a\r\nUpgrade: echo\r\n\r\n")],
        open(&[status(&[400, 426])]),
    ),
    must(
        "upgrade/option-without-the-field",
        "9110 7.8",
        "the option alone asks for nothing",
        &[Text("GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n\r\n")],
        open(&[status(&[400, 426])]),
    ),
    must(
        "upgrade/option-in-a-list",
        "9110 7.6.1",
        "the option may stand in a list, in any case",
        &[
            Text("GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\n"),
            Text("Upgrade: echo\r\n\r\nping"),
            Finish,
        ],
        ended(&[switched("ping")]),
    ),
    must(
        "upgrade/not-in-http-10",
        "9110 7.8",
        "Upgrade in HTTP/1.0 is ignored",
        &[
            Text("GET /upgrade HTTP/1.0\r\nHost: a\r\nConnection: upgrade\r\n"),
            Text("Upgrade: echo\r\n\r\n"),
        ],
        ended(&[status(&[400, 426])]),
    ),
    must(
        "upgrade/with-a-body",
        "9110 7.8",
        "a request that has a body is read to its end before anything changes",
        &[
            Text("POST /echo HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n"),
            Text("Content-Length: 5\r\n\r\nhelloGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"),
        ],
        open(&[body("hello"), body("/2")]),
    ),
    must(
        "upgrade/with-chunks",
        "9110 7.8",
        "also a chunked one",
        &[
            Text("POST /echo HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n"),
            Text("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
            Text("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n"),
        ],
        open(&[body("hello"), body("/2")]),
    ),
    must(
        "upgrade/faulty-framing-does-not-switch",
        "9112 6.3",
        "a request with faulty framing is refused, whatever it wants to become",
        &[
            Text("GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n"),
            Text("Content-Length: +1\r\n\r\n"),
        ],
        REFUSED,
    ),
    should(
        "upgrade/h2c-is-ignored",
        "9113 3.1",
        "the obsolete Upgrade to h2c is ignored",
        &[
            Text("GET /f HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n"),
            Text("Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"),
        ],
        open(&[OK]),
    ),
    must(
        "upgrade/after-other-requests",
        "9110 7.8",
        "a connection may change its protocol after some requests",
        &[
            Text("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"),
            Text("GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n"),
            Text("Upgrade: echo\r\n\r\nping"),
            Finish,
        ],
        ended(&[body("/1"), switched("ping")]),
    ),
];
