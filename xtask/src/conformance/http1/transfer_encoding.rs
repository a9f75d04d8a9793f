//! Transfer-Encoding: chunked, once, alone; and what smugglers make of it.

use crate::conformance::case::{
    Case,
    Field::Is,
    OK, REFUSED,
    Step::{Bytes, Text},
    body, choice, must, open, refused,
};

pub(super) const CASES: &[Case] = &[
    must(
        "transfer-encoding/chunked",
        "9112 7.1",
        "a server decodes the chunked coding",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
             5\r\nhello\r\n0\r\n\r\n",
        )],
        open(&[body("hello")]),
    ),
    must(
        "transfer-encoding/name-in-any-case",
        "9112 7",
        "names of codings are compared without regard to case",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\ntransfer-encoding: ChUnKeD\r\n\r\n\
             5\r\nhello\r\n0\r\n\r\n",
        )],
        open(&[body("hello")]),
    ),
    must(
        "transfer-encoding/with-get",
        "9112 6.3",
        "chunks frame the body of any method",
        &[Text(
            "GET /first HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
             5\r\nGET /\r\n0\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n",
        )],
        open(&[body("/first"), body("/next")]),
    ),
    must(
        "transfer-encoding/cl-te",
        "9112 6.1",
        "Content-Length beside Transfer-Encoding may be smuggling: refused, and the connection ends",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\
             \r\n0\r\n\r\nG",
        )],
        REFUSED,
    ),
    must(
        "transfer-encoding/te-cl",
        "9112 6.1",
        "also in the other order",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\
             \r\n5c\r\nGPOST /smuggled HTTP/1.1\r\n\r\n0\r\n\r\n",
        )],
        REFUSED,
    ),
    must(
        "transfer-encoding/cl-zero-te",
        "9112 6.1",
        "a length of 0 is a length: ambiguous beside chunks",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\
             \r\n0\r\n\r\n",
        )],
        REFUSED,
    ),
    must(
        "transfer-encoding/cl-te-far-apart",
        "9112 6.1",
        "whatever stands between them",
        &[Text(
            "POST /echo HTTP/1.1\r\nContent-Length: 3\r\nHost: a\r\nAccept: */*\r\nX-A: b\r\n\
             Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        )],
        REFUSED,
    ),
    must(
        "transfer-encoding/unknown",
        "9112 6.1",
        "a coding that is not understood is answered 501",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n")],
        refused(&[400, 501]),
    ),
    must(
        "transfer-encoding/gzip-then-chunked",
        "9112 6.1",
        "gzip, chunked is framed well, but not understood: 501",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        )],
        refused(&[400, 501]),
    ),
    must(
        "transfer-encoding/chunked-not-last",
        "9112 6.3",
        "where chunked is not the final coding the length cannot be determined: 400",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
        )],
        refused(&[400, 501]),
    ),
    must(
        "transfer-encoding/identity",
        "9112 7",
        "identity is no coding any more",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\
             Content-Length: 3\r\n\r\nabc",
        )],
        refused(&[400, 501]),
    ),
    must(
        "transfer-encoding/chunked-then-identity",
        "9112 6.3",
        "a second coding after chunked is ambiguous",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n\
             0\r\n\r\n",
        )],
        refused(&[400, 501]),
    ),
    choice(
        "transfer-encoding/chunked-twice-in-a-list",
        "9112 6.1",
        "chunked is not applied more than once",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n\
             0\r\n\r\n",
        )],
        refused(&[400, 501]),
    ),
    choice(
        "transfer-encoding/two-lines",
        "9112 6.1",
        "nor in two lines",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\
             Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        )],
        refused(&[400, 501]),
    ),
    must(
        "transfer-encoding/te-te",
        "9112 6.1",
        "of two lines neither is ignored: chunked and something else is refused",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\
             Transfer-encoding: cow\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        )],
        refused(&[400, 501]),
    ),
    must(
        "transfer-encoding/te-te-other-order",
        "9112 6.1",
        "nor the first of them",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: cow\r\n\
             Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        )],
        refused(&[400, 501]),
    ),
    must(
        "transfer-encoding/prefix",
        "9112 7",
        "xchunked is another name",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")],
        refused(&[400, 501]),
    ),
    must(
        "transfer-encoding/suffix",
        "9112 7",
        "chunked; with a parameter is not the chunked coding",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n",
        )],
        refused(&[400, 501]),
    ),
    must(
        "transfer-encoding/quoted",
        "9112 7",
        "a coding is a token and not quoted",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n",
        )],
        refused(&[400, 501]),
    ),
    must(
        "transfer-encoding/empty",
        "9112 6.1",
        "an empty Transfer-Encoding is not ignored",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\nContent-Length: 3\r\n\r\nabc",
        )],
        refused(&[400, 501]),
    ),
    must(
        "transfer-encoding/comma-alone",
        "9112 6.1",
        "a list of empty elements names no final coding",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ,\r\n\r\n0\r\n\r\n")],
        refused(&[400, 501]),
    ),
    must(
        "transfer-encoding/vertical-tab",
        "9110 5.5",
        "a vertical tab before the coding is no white space",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
        )],
        refused(&[400, 501]),
    ),
    must(
        "transfer-encoding/no-break-space",
        "9112 7",
        "a no-break space is not trimmed",
        &[Bytes(
            b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \xa0chunked\r\n\r\n0\r\n\r\n",
        )],
        refused(&[400, 501]),
    ),
    must(
        "transfer-encoding/nul-after",
        "9110 5.5",
        "NUL behind the coding is refused",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\0\r\n\r\n0\r\n\r\n")],
        refused(&[400, 501]),
    ),
    must(
        "transfer-encoding/bare-cr-after",
        "9112 2.2",
        "a bare CR behind the coding is refused",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\rx\r\n\r\n0\r\n\r\n")],
        refused(&[400, 501]),
    ),
    must(
        "transfer-encoding/space-before-colon",
        "9112 5.1",
        "with white space before its colon it is neither believed nor ignored",
        &[Text("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n")],
        REFUSED,
    ),
    must(
        "transfer-encoding/folded",
        "9112 5.2",
        "a folded Transfer-Encoding is refused",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        )],
        refused(&[400, 501]),
    ),
    must(
        "transfer-encoding/first-line-folded",
        "9112 2.2",
        "hidden behind white space in the first field line it is refused",
        &[Text("POST /echo HTTP/1.1\r\n Transfer-Encoding: chunked\r\nHost: a\r\n\r\n0\r\n\r\n")],
        REFUSED,
    ),
    choice(
        "transfer-encoding/bare-lf-hides-it",
        "9112 2.2",
        "behind a bare LF in another value it is refused",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nX-A: b\nTransfer-Encoding: chunked\r\n\r\n\
             0\r\n\r\n",
        )],
        REFUSED,
    ),
    must(
        "transfer-encoding/underscore",
        "9110 5.1",
        "Transfer_Encoding is another field and frames nothing",
        &[Text(
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer_Encoding: chunked\r\n\
             Content-Length: 5\r\n\r\n0\r\n\r\n",
        )],
        open(&[body("0\r\n\r\n")]),
    ),
    must(
        "transfer-encoding/te-is-another-field",
        "9110 10.1.4",
        "TE says what the client accepts, and frames nothing",
        &[Text("GET /f HTTP/1.1\r\nHost: a\r\nConnection: TE\r\nTE: trailers, chunked\r\n\r\n")],
        open(&[OK]),
    ),
    must(
        "transfer-encoding/of-the-answer",
        "9112 6.1",
        "an answer of unknown length is chunked, and the connection stays",
        &[Text("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")],
        open(&[body("astream").with(&[Is("transfer-encoding", "chunked")])]),
    ),
];
