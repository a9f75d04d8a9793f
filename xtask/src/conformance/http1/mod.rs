//! The cases of HTTP/1.1: what RFC 9110 and RFC 9112 ask of an origin server, topic by topic.

mod chunked;
mod connection;
mod content_length;
mod early_answers;
mod expect;
mod field_limits;
mod field_syntax;
mod half_close;
mod host;
mod known;
mod methods;
mod pipelining;
mod request_line;
mod target_forms;
mod trailers;
mod transfer_encoding;
mod upgrade;
mod versions;

use super::case::Case;

pub(super) use known::KNOWN;

/// Every case, by topic.
pub(super) const TOPICS: &[&[Case]] = &[
    request_line::CASES,
    versions::CASES,
    target_forms::CASES,
    methods::CASES,
    host::CASES,
    field_syntax::CASES,
    field_limits::CASES,
    content_length::CASES,
    transfer_encoding::CASES,
    chunked::CASES,
    trailers::CASES,
    expect::CASES,
    early_answers::CASES,
    connection::CASES,
    pipelining::CASES,
    half_close::CASES,
    upgrade::CASES,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn cases() -> impl Iterator<Item = &'static Case> {
        TOPICS.iter().flat_map(|topic| topic.iter())
    }

    #[test]
    fn every_case_has_an_id_of_its_own_and_stands_with_its_topic() {
        let mut ids = BTreeSet::new();
        for topic in TOPICS {
            for case in *topic {
                assert!(ids.insert(case.id), "{} stands twice", case.id);
                assert_eq!(case.topic(), topic[0].topic(), "{}", case.id);
            }
        }
        assert!(ids.len() >= 400, "{} cases", ids.len());
    }

    #[test]
    fn no_case_sends_what_another_sends_and_expects_the_same() {
        let mut seen = BTreeSet::new();
        for case in cases() {
            let what = format!("{:?} {:?}", case.send, case.then);
            assert!(seen.insert(what), "{} repeats another", case.id);
        }
    }

    #[test]
    fn every_case_cites_a_section() {
        for case in cases() {
            let (rfc, section) = case.section.split_once(' ').unwrap_or_default();
            let is_rfc = ["9110", "9112", "9113", "6585", "5789"].contains(&rfc);
            assert!(is_rfc && !section.is_empty(), "{}: {}", case.id, case.section);
        }
    }

    #[test]
    fn every_known_failure_is_one_of_a_case() {
        for known in KNOWN {
            assert!(cases().any(|case| case.id == known.case), "{} is no case", known.case);
        }
    }
}
