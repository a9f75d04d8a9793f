//! What the fuzzer has found: a table by section, each case that is not passed, and a file for programs.

use std::{collections::BTreeMap, fs, path::Path};

use comfy_table::{CellAlignment, Table, presets::UTF8_BORDERS_ONLY};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Outcome,
    console::{Ink, paint_output},
};

/// Every case that was played, in its order.
#[derive(Default)]
pub(super) struct Verdicts(Vec<Verdict>);

struct Verdict {
    server: String,
    case: String,
    behaviour: String,
    close: String,
    /// Where all of it is told, for people.
    report: String,
}

/// As the fuzzer writes it.
#[derive(Deserialize)]
struct Entry {
    behavior: String,
    #[serde(rename = "behaviorClose")]
    behavior_close: String,
    reportfile: String,
}

impl Verdicts {
    /// Takes in the verdicts on one server.
    ///
    /// # Errors
    ///
    /// The file is not what the fuzzer writes.
    pub(super) fn read(&mut self, server: &str, file: &Path) -> Outcome {
        let text = fs::read_to_string(file)?;
        let agents: BTreeMap<String, BTreeMap<String, Entry>> = serde_json::from_str(&text)
            .map_err(|error| format!("{} is no index of verdicts: {error}", file.display()))?;
        let folder = file.parent().unwrap_or(file);
        let verdicts = agents.into_values().flatten().map(|(case, entry)| Verdict {
            server: server.to_owned(),
            case,
            behaviour: entry.behavior,
            close: entry.behavior_close,
            report: folder.join(entry.reportfile).display().to_string(),
        });
        self.0.extend(verdicts);
        self.0.sort_by_key(|verdict| (verdict.server.clone(), verdict.place()));
        Ok(())
    }

    /// Prints what is not passed, then the table.
    pub(super) fn show(&self) {
        for verdict in self.0.iter().filter(|verdict| !verdict.is_passed()) {
            let Verdict { server, case, behaviour, close, report } = verdict;
            let word = paint_output(Ink::Red, "failed");
            println!("{word} {case} on {server}: {behaviour}, its close {close}: see {report}");
        }
        println!("{}", self.table());
    }

    /// Writes every verdict to a file.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub(super) fn write_json(&self, file: &Path) -> Outcome {
        let results: Vec<Value> = self.0.iter().map(Verdict::record).collect();
        let text = serde_json::to_string_pretty(&json!({ "results": results }))?;
        fs::write(file, text + "\n")
            .map_err(|error| format!("{} cannot be written: {error}", file.display()).into())
    }

    /// Whether the whole has passed.
    ///
    /// # Errors
    ///
    /// A case was not passed, or there was none.
    pub(super) fn conclude(&self) -> Outcome {
        match (self.0.len(), self.0.iter().filter(|verdict| !verdict.is_passed()).count()) {
            (0, _) => Err("no case fits: they are named as `9.*` or `12.1.3`".into()),
            (_, 0) => Ok(()),
            (_, failed) => Err(format!("{failed} of Autobahn's cases are not passed").into()),
        }
    }

    /// One line for each section; for each server how many cases are passed.
    fn table(&self) -> String {
        let mut servers: Vec<&str> = self.0.iter().map(|it| it.server.as_str()).collect();
        servers.dedup();
        let mut sections: Vec<u32> = self.0.iter().map(Verdict::section).collect();
        sections.sort_unstable();
        sections.dedup();

        let mut table = Table::new();
        let header = ["section".to_owned(), String::new()].into_iter();
        table.load_style(UTF8_BORDERS_ONLY).set_header(
            header.chain(servers.iter().flat_map(|it| [format!("{it} passed"), "failed".into()])),
        );
        for section in sections.into_iter().map(Some).chain([None]) {
            let cells = servers.iter().flat_map(|server| {
                let of_it = |it: &&Verdict| {
                    it.server == *server && section.is_none_or(|section| it.section() == section)
                };
                let (passed, failed): (Vec<_>, Vec<_>) =
                    self.0.iter().filter(of_it).partition(|it| it.is_passed());
                [passed.len(), failed.len()].map(|count| count.to_string())
            });
            let name = section.map_or_else(|| "all".to_owned(), |section| section.to_string());
            let about = section.map_or("", about).to_owned();
            table.add_row([name, about].into_iter().chain(cells));
        }
        for column in table.column_iter_mut().skip(2) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table.to_string()
    }
}

impl Verdict {
    /// As Autobahn decides: `INFORMATIONAL` looks at what the RFC leaves open, and is no verdict.
    /// `NON-STRICT` keeps the RFC but for a SHOULD: there is none of ours, and so none may come.
    fn is_passed(&self) -> bool {
        let is_passed = |verdict: &str| matches!(verdict, "OK" | "INFORMATIONAL");
        is_passed(&self.behaviour) && is_passed(&self.close)
    }

    /// `9.10.1` comes after `9.9.1`.
    fn place(&self) -> Vec<u32> {
        self.case.split('.').map(|part| part.parse().unwrap_or(u32::MAX)).collect()
    }

    fn section(&self) -> u32 {
        self.place()[0]
    }

    fn record(&self) -> Value {
        json!({
            "id": self.case,
            "server": self.server,
            "behaviour": self.behaviour,
            "close": self.close,
            "result": if self.is_passed() { "passed" } else { "failed" },
        })
    }
}

/// The sections of Autobahn's suite.
fn about(section: u32) -> &'static str {
    match section {
        1 => "framing",
        2 => "pings and pongs",
        3 => "reserved bits",
        4 => "opcodes",
        5 => "fragmentation",
        6 => "UTF-8",
        7 => "closing",
        9 => "limits and performance",
        10 => "frames cut by themselves",
        12 => "compression",
        13 => "compression, each agreement",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(case: &str, behaviour: &str, close: &str) -> Verdict {
        let [server, case, behaviour, close, report] =
            ["events", case, behaviour, close, "report.json"].map(str::to_owned);
        Verdict { server, case, behaviour, close, report }
    }

    #[test]
    fn only_what_is_ok_or_no_verdict_passes() {
        let passed = [verdict("1.1.1", "OK", "OK"), verdict("7.1.6", "INFORMATIONAL", "OK")];
        assert!(Verdicts(passed.into()).conclude().is_ok());
        for (behaviour, close) in [
            ("NON-STRICT", "OK"),
            ("UNIMPLEMENTED", "OK"),
            ("FAILED", "OK"),
            ("OK", "UNCLEAN"),
            ("OK", "WRONG CODE"),
        ] {
            let error = Verdicts(vec![verdict("1.1.1", behaviour, close)]).conclude().unwrap_err();
            assert!(error.to_string().starts_with("1 of Autobahn's"), "{error}");
        }
        assert!(Verdicts(Vec::new()).conclude().is_err());
    }

    #[test]
    fn the_table_counts_by_section() {
        let cases = [
            verdict("1.1.1", "OK", "OK"),
            verdict("1.1.2", "FAILED", "OK"),
            verdict("10.1.1", "OK", "OK"),
        ];
        let table = Verdicts(cases.into()).table();
        for words in ["framing", "frames cut", "events passed", "all"] {
            assert!(table.contains(words), "{words} is missing in\n{table}");
        }
    }

    #[test]
    fn what_the_fuzzer_writes_is_read_in_order() {
        let file =
            std::env::temp_dir().join(format!("highper-verdicts-{}.json", std::process::id()));
        let entry = r#"{"behavior": "OK", "behaviorClose": "OK", "remoteCloseCode": 1000, "reportfile": "x"}"#;
        fs::write(&file, format!(r#"{{"server": {{"9.10.1": {entry}, "9.9.1": {entry}}}}}"#))
            .unwrap();
        let mut verdicts = Verdicts::default();
        verdicts.read("events", &file).unwrap();
        fs::remove_file(&file).unwrap();
        let cases: Vec<_> = verdicts.0.iter().map(|verdict| verdict.case.as_str()).collect();
        assert_eq!(cases, ["9.9.1", "9.10.1"]);
    }
}
