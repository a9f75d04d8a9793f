//! What the cases came to: a table by topic, each failure with its bytes, and a file for programs.

use std::{fs, path::Path};

use comfy_table::{CellAlignment, Table, presets::UTF8_BORDERS_ONLY};
use serde_json::{Value, json};

use super::{
    case::{Case, Level},
    play::Failure,
    suite::{Outcome, Verdict},
};
use crate::{
    Outcome as Task,
    console::{Ink, paint_output},
};

/// So much of what was sent and received is shown.
const MAX_SHOWN: usize = 600;

/// Prints every case with its rule.
pub(super) fn list(cases: &[&Case]) {
    for case in cases {
        let level = case.level.word();
        println!("{:<44} RFC {:<14} {level:<6}  {}", case.id, case.section, case.rule);
    }
    println!("{} cases", cases.len());
}

/// Prints the failures, known ones last and short, then the table.
pub(super) fn show(outcomes: &[Outcome]) {
    for outcome in outcomes {
        match (&outcome.failure, outcome.verdict()) {
            (Some(failure), Verdict::Failed) => show_failure(outcome, failure),
            (_, Verdict::Mended) => {
                let word = paint_output(Ink::Red, "mended");
                let Outcome { case, engine, .. } = outcome;
                println!("{word} {} passes on {engine}: take it off the KNOWN list\n", case.id);
            }
            _ => {}
        }
    }
    for outcome in outcomes {
        if let (Some(known), Verdict::Known) = (outcome.known, outcome.verdict()) {
            let word = paint_output(Ink::Yellow, "known");
            println!("{word} {} {}: {}", outcome.engine, outcome.case.id, known.why);
        }
    }
    println!("{}", table(outcomes));
}

/// Whether the whole has passed.
///
/// # Errors
///
/// A MUST or a choice of ours failed that is not known to, or a known failure is none.
pub(super) fn verdict(outcomes: &[Outcome]) -> Task {
    let count = |is: &dyn Fn(&Outcome) -> bool| outcomes.iter().filter(|it| is(it)).count();
    let failed = count(&|it| it.verdict() == Verdict::Failed && it.case.level != Level::Should);
    let mended = count(&|it| it.verdict() == Verdict::Mended);
    match (failed, mended) {
        (0, 0) => Ok(()),
        (0, _) => Err(format!("{mended} known failures pass: take them off the list").into()),
        _ => Err(format!("{failed} rules that have to be kept are not").into()),
    }
}

/// Writes every result to a file.
///
/// # Errors
///
/// The file cannot be written.
pub(super) fn write_json(outcomes: &[Outcome], file: &Path) -> Task {
    let results: Vec<Value> = outcomes.iter().map(record).collect();
    let text = serde_json::to_string_pretty(&json!({ "results": results }))?;
    fs::write(file, text + "\n")
        .map_err(|error| format!("{} cannot be written: {error}", file.display()).into())
}

fn record(outcome: &Outcome) -> Value {
    let Outcome { case, engine, failure, known } = outcome;
    json!({
        "id": case.id,
        "section": format!("RFC {}", case.section),
        "level": case.level.word(),
        "rule": case.rule,
        "engine": engine,
        "result": word(outcome.verdict()),
        "failure": failure.as_ref().map(|failure| failure.why.as_str()),
        "known": known.map(|known| known.why),
    })
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "passed",
        Verdict::Failed => "failed",
        Verdict::Known => "known",
        Verdict::Mended => "mended",
    }
}

fn show_failure(outcome: &Outcome, failure: &Failure) {
    let Outcome { case, engine, .. } = outcome;
    let ink = if case.level == Level::Should { Ink::Yellow } else { Ink::Red };
    let word = paint_output(ink, "failed");
    println!("{word} {} on {engine}, {:?}: {}", case.id, failure.manner, failure.why);
    println!("  RFC {}, {}: {}", case.section, case.level.word(), case.rule);
    println!("  sent      {}", shown(&failure.sent));
    println!("  received  {}\n", shown(&failure.received));
}

fn shown(bytes: &[u8]) -> String {
    let cut = bytes.get(..MAX_SHOWN).unwrap_or(bytes);
    let more = match bytes.len() - cut.len() {
        0 => String::new(),
        more => format!(" and {more} bytes more"),
    };
    format!("{}{more}", cut.escape_ascii())
}

/// One line for each topic; for each engine how many of its rules are kept.
fn table(outcomes: &[Outcome]) -> String {
    let mut engines: Vec<&str> = outcomes.iter().map(|outcome| outcome.engine).collect();
    engines.sort_unstable_by(|one, other| other.cmp(one));
    engines.dedup();
    let mut topics: Vec<&str> = outcomes.iter().map(|outcome| outcome.case.topic()).collect();
    topics.dedup();

    let mut table = Table::new();
    let header = ["topic".to_owned()].into_iter().chain(
        engines
            .iter()
            .flat_map(|engine| Level::ALL.map(|level| format!("{engine} {}", level.word()))),
    );
    table.load_style(UTF8_BORDERS_ONLY).set_header(header);
    for topic in topics.iter().copied().map(Some).chain([None]) {
        let cells = engines.iter().flat_map(|engine| {
            Level::ALL.map(|level| {
                kept(outcomes.iter().filter(|outcome| {
                    topic.is_none_or(|topic| outcome.case.topic() == topic)
                        && outcome.engine == *engine
                        && outcome.case.level == level
                }))
            })
        });
        table.add_row([topic.unwrap_or("all").to_owned()].into_iter().chain(cells));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

/// `12 of 14`
fn kept<'o>(outcomes: impl Iterator<Item = &'o Outcome>) -> String {
    let verdicts: Vec<_> = outcomes.map(Outcome::verdict).collect();
    let passed = verdicts
        .iter()
        .filter(|verdict| matches!(verdict, Verdict::Passed | Verdict::Mended))
        .count();
    match (passed, verdicts.len()) {
        (_, 0) => String::new(),
        (passed, all) if passed == all => passed.to_string(),
        (passed, all) => format!("{passed} of {all}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::{
        case::{OK, Then, must, open, should},
        play::Manner,
        suite::Known,
    };

    const ANSWERED: Then = open(&[OK]);
    static MUST: Case = must("topic/must", "9110 1", "a rule", &[], ANSWERED);
    static SHOULD: Case = should("topic/should", "9110 1", "a rule", &[], ANSWERED);
    static KNOWN: Known =
        Known { engine: "native", case: "topic/must", why: "a reason", sometimes: None };

    fn outcome(case: &'static Case, fails: bool, known: Option<&'static Known>) -> Outcome {
        let failure = fails.then(|| {
            let (sent, received) = (b"a\r\n".to_vec(), Vec::new());
            Box::new(Failure { manner: Manner::Whole, why: "it is so".to_owned(), sent, received })
        });
        Outcome { case, engine: "native", failure, known }
    }

    #[test]
    fn a_rule_that_has_to_be_kept_and_is_not_fails_the_run() {
        assert!(verdict(&[outcome(&MUST, false, None)]).is_ok());
        assert!(verdict(&[outcome(&SHOULD, true, None)]).is_ok());
        let error = verdict(&[outcome(&MUST, true, None), outcome(&SHOULD, false, None)]);
        assert!(error.unwrap_err().to_string().starts_with("1 rule"));
    }

    #[test]
    fn a_known_failure_passes_as_long_as_it_fails() {
        assert!(verdict(&[outcome(&MUST, true, Some(&KNOWN))]).is_ok());
        let error = verdict(&[outcome(&MUST, false, Some(&KNOWN))]).unwrap_err().to_string();
        assert!(error.contains("take them off the list"), "{error}");
    }

    #[test]
    fn what_depends_on_time_may_pass_and_fails_in_one_way_only() {
        static SOMETIMES: Known = Known { sometimes: Some("it is"), ..KNOWN };
        static OTHERWISE: Known = Known { sometimes: Some("it was"), ..KNOWN };
        assert!(verdict(&[outcome(&MUST, false, Some(&SOMETIMES))]).is_ok());
        assert!(verdict(&[outcome(&MUST, true, Some(&SOMETIMES))]).is_ok());
        assert!(verdict(&[outcome(&MUST, true, Some(&OTHERWISE))]).is_err());
    }

    #[test]
    fn the_table_counts_what_is_kept() {
        let outcomes = [outcome(&MUST, true, None), outcome(&SHOULD, false, None)];
        let table = table(&outcomes);
        for words in ["topic", "native MUST", "0 of 1", "all"] {
            assert!(table.contains(words), "{words} is missing in\n{table}");
        }
    }

    #[test]
    fn bytes_are_shown_escaped_and_cut() {
        assert_eq!(shown(b"a\r\n\x00"), "a\\r\\n\\x00");
        assert!(shown(&[b'x'; 700]).ends_with("x and 100 bytes more"));
    }
}
