//! Trailer fields: what may come after the last chunk, and what may not come of it.

use crate::conformance::case::{
    Case,
    Field::Is,
    REFUSED,
    Step::{self, Cut, Text, Times},
    Then, body, choice, closed, must, open, should, status,
};

const HEAD: Step =
    Text("POST /trailers HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");

/// A request of which nobody reads the body.
const UNREAD: Step =
    Text("POST /f HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");

/// The connection ends; the answer to the request itself may already be there.
const DISTRUSTED: Then = closed(&[status(&[200, 400])]);

pub(super) const CASES: &[Case] = &[
    must(
        "trailers/one",
        "9112 7.1.2",
        "a trailer field comes after the last chunk",
        &[HEAD, Text("0\r\nX-Sum: 7\r\n\r\n")],
        open(&[body("x-sum")]),
    ),
    must(
        "trailers/several",
        "9112 7.1.2",
        "there may be several",
        &[HEAD, Text("0\r\nX-Sum: 7\r\nX-Other: b\r\n\r\n")],
        open(&[body("x-other,x-sum")]),
    ),
    must(
        "trailers/ignored",
        "9112 7.1.2",
        "a recipient may ignore trailer fields, but reads them to their end",
        &[UNREAD, Text("0\r\nX-Sum: 7\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n")],
        open(&[body("/f"), body("/next")]),
    ),
    must(
        "trailers/cut",
        "9112 7.1.2",
        "they may come in several packets",
        &[HEAD, Text("0\r\nX-S"), Cut, Text("um: 7\r"), Cut, Text("\n\r"), Cut, Text("\n")],
        open(&[body("x-sum")]),
    ),
    must(
        "trailers/empty-value",
        "9110 6.5",
        "a trailer's value may be empty",
        &[HEAD, Text("0\r\nX-Sum:\r\n\r\n")],
        open(&[body("x-sum")]),
    ),
    must(
        "trailers/of-an-extension-chunk",
        "9112 7.1.1",
        "the last chunk may have extensions",
        &[HEAD, Text("0;a=b\r\nX-Sum: 7\r\n\r\n")],
        open(&[body("x-sum")]),
    ),
    choice(
        "trailers/no-content-length",
        "9110 6.5.1",
        "a trailer that frames a message is not taken, and frames nothing",
        &[HEAD, Text("0\r\nContent-Length: 50\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n")],
        open(&[body(""), body("/next")]),
    ),
    choice(
        "trailers/no-transfer-encoding",
        "9110 6.5.1",
        "nor is a Transfer-Encoding",
        &[
            HEAD,
            Text("0\r\nTransfer-Encoding: chunked\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n"),
        ],
        open(&[body(""), body("/next")]),
    ),
    choice(
        "trailers/no-host",
        "9110 6.5.1",
        "a trailer that routes is not taken",
        &[HEAD, Text("0\r\nHost: evil\r\n\r\n")],
        open(&[body("")]),
    ),
    choice(
        "trailers/no-authorization",
        "9110 6.5.1",
        "a trailer that authenticates is not taken",
        &[HEAD, Text("0\r\nAuthorization: Basic eDp5\r\nCookie: a=b\r\n\r\n")],
        open(&[body("")]),
    ),
    choice(
        "trailers/no-content-type",
        "9110 6.5.1",
        "a trailer that says what the content is is not taken",
        &[HEAD, Text("0\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n")],
        open(&[body("")]),
    ),
    choice(
        "trailers/no-connection-close",
        "9110 6.5.1",
        "a trailer does not end the connection",
        &[HEAD, Text("0\r\nConnection: close\r\n\r\n")],
        open(&[body("")]),
    ),
    must(
        "trailers/do-not-become-header-fields",
        "9110 6.5.1",
        "trailer fields are not merged into the header",
        &[
            Text("POST /field HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"),
            Text("X-Probe: b\r\n\r\n1\r\nx\r\n0\r\nX-Probe: c\r\n\r\n"),
        ],
        open(&[body("[b]")]),
    ),
    must(
        "trailers/announced",
        "9110 6.6.2",
        "Trailer announces, and need not keep its word",
        &[
            Text("POST /trailers HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"),
            Text("Trailer: X-Sum\r\n\r\n1\r\nx\r\n0\r\nX-Other: c\r\n\r\n"),
        ],
        open(&[body("x-other")]),
    ),
    must(
        "trailers/space-before-colon",
        "9112 5.1",
        "no white space before the colon of a trailer either",
        &[HEAD, Text("0\r\nX-Sum : 7\r\n\r\n")],
        REFUSED,
    ),
    must(
        "trailers/folded",
        "9112 5.2",
        "no folded lines either",
        &[HEAD, Text("0\r\nX-Sum: 7\r\n 8\r\n\r\n")],
        REFUSED,
    ),
    choice(
        "trailers/no-colon",
        "9112 5",
        "a trailer line has a colon",
        &[HEAD, Text("0\r\nGET / HTTP/1.1\r\n\r\n")],
        REFUSED,
    ),
    choice(
        "trailers/bare-lf",
        "9112 2.2",
        "a trailer line ends in CR LF",
        &[HEAD, Text("0\r\nX-Sum: 7\n\r\n")],
        REFUSED,
    ),
    must(
        "trailers/bare-cr",
        "9112 2.2",
        "CR alone in a trailer is refused",
        &[HEAD, Text("0\r\nX-Sum: 7\r8\r\n\r\n")],
        REFUSED,
    ),
    must(
        "trailers/nul",
        "9110 5.5",
        "NUL in a trailer is refused",
        &[HEAD, Text("0\r\nX-Sum: \0\r\n\r\n")],
        REFUSED,
    ),
    should(
        "trailers/endless",
        "9110 5.4",
        "trailers are bounded",
        &[HEAD, Text("0\r\nX-Sum: "), Times("7", 100_000), Text("\r\n\r\n")],
        REFUSED,
    ),
    should(
        "trailers/very-many",
        "9110 5.4",
        "the number of trailers is bounded",
        &[HEAD, Text("0\r\n"), Times("a:\r\n", 20_000), Text("\r\n")],
        REFUSED,
    ),
    should(
        "trailers/very-many-that-nobody-reads",
        "9110 5.4",
        "also where nobody reads the body",
        &[UNREAD, Text("0\r\n"), Times("a:\r\n", 20_000), Text("\r\n")],
        DISTRUSTED,
    ),
    must(
        "trailers/of-the-answer",
        "9112 7.1.2",
        "an answer's trailers come behind its last chunk, and a client sees where they end",
        &[Text("GET /summed HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\n\r\n")],
        open(&[body("a body").with(&[Is("transfer-encoding", "chunked")])]),
    ),
];
