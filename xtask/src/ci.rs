//! `ci`: every check and every test, with a table at the end.

use std::time::{Duration, Instant};

use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};

use crate::{
    Outcome, alone, clippy, conformance,
    console::{Ink, elapsed, paint},
    deny, doc, fmt, graph, release, test, tidy,
    workspace::Workspace,
};

/// One step, named as the command that runs it alone.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    run: fn(&Workspace) -> Outcome,
}

/// All steps in their order: what compiles the same things stands together, the tests come last.
pub(crate) const STEPS: &[Step] = &[
    Step { name: "fmt", run: fmt::run },
    Step { name: "graph", run: graph::run },
    Step { name: "tidy", run: tidy::run },
    Step { name: "clippy", run: clippy::run },
    Step { name: "alone", run: alone::run },
    Step { name: "doc", run: doc::run },
    Step { name: "deny", run: deny::run },
    Step { name: "release", run: release::run },
    Step { name: "conformance", run: conformance::all },
    Step { name: "test", run: |workspace| test::run(workspace, &test::TestArgs::default()) },
];

/// Runs all steps and reports every failure. Only the tests are left out, where nothing compiles.
pub(crate) fn run(workspace: &Workspace) -> Outcome {
    let mut reports: Vec<Report> = Vec::new();
    for step in STEPS {
        let lint_failed = reports.iter().any(|report| report.name == "clippy" && report.failed());
        let report = if step.name == "test" && lint_failed && !clippy::compiles(workspace)? {
            eprintln!("\n{}: the code does not compile", paint(Ink::Yellow, "test skipped"));
            Report { name: step.name, time: Duration::ZERO, result: Verdict::Skipped }
        } else {
            perform(step, workspace)
        };
        reports.push(report);
    }
    conclude(&reports)
}

struct Report {
    name: &'static str,
    time: Duration,
    result: Verdict,
}

enum Verdict {
    Passed,
    Failed(String),
    Skipped,
}

impl Report {
    fn failed(&self) -> bool {
        matches!(self.result, Verdict::Failed(_))
    }
}

fn perform(step: &Step, workspace: &Workspace) -> Report {
    eprintln!("\n{}", paint(Ink::Bold, &format!("==> {}", step.name)));
    let start = Instant::now();
    let outcome = (step.run)(workspace);
    let time = start.elapsed();
    let result = match outcome {
        Ok(()) => Verdict::Passed,
        Err(error) => Verdict::Failed(error.to_string()),
    };
    let word = match &result {
        Verdict::Failed(error) => format!("{} {error}", paint(Ink::Red, FAILED)),
        _ => paint(Ink::Green, "ok"),
    };
    eprintln!("{} {}: {word}", step.name, paint(Ink::Dim, &elapsed(time)));
    Report { name: step.name, time, result }
}

/// The table of all steps, then each failure with the command that runs it alone.
fn conclude(reports: &[Report]) -> Outcome {
    let coloured = table(reports).to_string().replace(FAILED, &paint(Ink::Red, FAILED));
    eprintln!("\n{coloured}");
    let mut failed = 0;
    for report in reports {
        if let Verdict::Failed(error) = &report.result {
            failed += 1;
            eprintln!("{}: {error}\n  alone: cargo xtask {}", report.name, report.name);
        }
    }
    if failed == 0 {
        Ok(())
    } else {
        Err(format!("{failed} of {} steps failed", reports.len()).into())
    }
}

const FAILED: &str = "FAILED";

fn table(reports: &[Report]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY).set_header(["step", "result", "time"]);
    for report in reports {
        let word = match &report.result {
            Verdict::Passed => "ok",
            Verdict::Failed(_) => FAILED,
            Verdict::Skipped => "skipped",
        };
        table.add_row([report.name, word, &elapsed(report.time)]);
    }
    let total = reports.iter().map(|report| report.time).sum();
    table.add_row(["total", "", &elapsed(total)]);
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(name: &'static str, result: Verdict) -> Report {
        Report { name, time: Duration::from_secs(1), result }
    }

    #[test]
    fn one_failure_fails_the_whole() {
        let reports =
            [report("fmt", Verdict::Passed), report("tidy", Verdict::Failed("a".to_owned()))];
        let error = conclude(&reports).unwrap_err();
        assert_eq!(error.to_string(), "1 of 2 steps failed");
    }

    #[test]
    fn the_table_shows_every_step_and_the_total() {
        let reports = [report("fmt", Verdict::Passed), report("test", Verdict::Skipped)];
        let table = table(&reports).to_string();
        for words in ["fmt", "ok", "test", "skipped", "total", "2.0 s"] {
            assert!(table.contains(words), "{words} is missing in\n{table}");
        }
    }

    #[test]
    fn all_passed_is_success() {
        assert!(conclude(&[report("fmt", Verdict::Passed)]).is_ok());
    }
}
