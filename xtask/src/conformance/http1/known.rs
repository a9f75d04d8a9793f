//! Failures that stay for now, each with its reason. One that passes is an error: then it goes.

use crate::conformance::suite::Known;

/// By engine, in the order of the cases.
pub(in crate::conformance) const KNOWN: &[Known] = &[
    native("versions/higher-minor", HIGHER_MINOR),
    hyper("versions/higher-minor", HIGHER_MINOR),
    hyper("versions/1.0-is-answered-as-1.1", "hyper answers with the version of the request"),
    hyper("target-forms/origin-not-ascii", LENIENT_TARGET),
    hyper("target-forms/origin-fragment", "hyper cuts a fragment off and goes on"),
    hyper("target-forms/origin-quotes", LENIENT_TARGET),
    hyper("target-forms/relative", ANY_FORM),
    hyper("target-forms/absolute-user-information", LENIENT_TARGET),
    hyper("target-forms/absolute-other-scheme", LENIENT_TARGET),
    hyper("target-forms/authority-with-get", ANY_FORM),
    hyper("target-forms/asterisk-with-get", ANY_FORM),
    hyper("methods/http2-preface-is-not-a-method", ANY_FORM),
    hyper_ends_early("methods/delete-with-a-body"),
    hyper_ends_early("content-length/with-get-that-nobody-reads"),
    hyper_ends_early("transfer-encoding/with-get"),
    hyper_ends_early("chunked/unread-and-next-request"),
    hyper_ends_early("trailers/do-not-become-header-fields"),
    hyper("trailers/no-content-length", ALL_TRAILERS),
    hyper("trailers/no-transfer-encoding", ALL_TRAILERS),
    hyper("trailers/no-host", ALL_TRAILERS),
    hyper("trailers/no-authorization", ALL_TRAILERS),
    hyper("trailers/no-content-type", ALL_TRAILERS),
    hyper("trailers/no-connection-close", ALL_TRAILERS),
    hyper(
        "expect/final-answer-instead",
        "hyper ends the connection after it, but does not say so in the answer",
    ),
    hyper_ends_early("early-answers/small-body-is-passed-over"),
    hyper_ends_early("early-answers/small-chunks-are-passed-over"),
    hyper_ends_early("early-answers/panic-with-a-body"),
    hyper_ends_early("pipelining/behind-an-unread-body"),
    hyper_ends_early("pipelining/behind-an-unread-body-in-pieces"),
    hyper(
        "pipelining/nonsense-behind-close",
        "the check in front of hyper does not see the option `close`, and refuses what follows",
    ),
    hyper(
        "upgrade/without-the-connection-option",
        "hyper offers an upgrade for the field alone; the application has to look at the option",
    ),
];

const HIGHER_MINOR: &str = "there is no HTTP/1.2, no client sends it, and what a proxy in front \
    makes of it is not known: it is answered 505";

const LENIENT_TARGET: &str = "hyper takes what the `http` crate takes for a URI";

const ANY_FORM: &str = "hyper takes every form of a target with every method";

const ALL_TRAILERS: &str = "hyper hands every trailer field to the application; none of them frames \
    or routes anything";

const ENDS_EARLY: &str = "hyper ends the connection where the rest of a body is not there yet";

const fn native(case: &'static str, why: &'static str) -> Known {
    Known { engine: "native", case, why, sometimes: None }
}

const fn hyper(case: &'static str, why: &'static str) -> Known {
    Known { engine: "hyper", case, why, sometimes: None }
}

const fn hyper_ends_early(case: &'static str) -> Known {
    Known { sometimes: Some("the connection ends"), ..hyper(case, ENDS_EARLY) }
}
