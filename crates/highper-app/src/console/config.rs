//! `config:show` and `config:check`.

use clap::ArgMatches;
use highper_core::BootErrors;
use serde_json::json;

use super::command_line::JSON;
use super::output::{Failure, print_json, print_table, print_well};
use super::{Looked, defaults};
use crate::Application;

/// Shows what is in effect, also where something is wrong with it.
pub(super) fn show(application: Application, options: &ArgMatches) -> Result<(), Failure> {
    let Looked { config, errors, .. } = Looked::at(application);
    let shown = config.show();
    let set = shown.rows().iter();
    let mut rows: Vec<_> =
        set.map(|row| [row.key.clone(), row.value.clone(), row.source.to_string()]).collect();
    let defaults = defaults::missing_from(shown.rows());
    rows.extend(defaults.map(|(key, value)| [key, value, "default"].map(str::to_owned)));
    rows.sort();
    if options.get_flag(JSON) {
        let rows = rows.iter();
        print_json(
            &rows
                .map(|[key, value, source]| json!({ "key": key, "value": value, "source": source }))
                .collect(),
        )?;
    } else {
        print_table(["KEY", "VALUE", "SOURCE"], &rows)?;
    }
    Ok(errors.into_result()?)
}

/// Tells everything that is wrong.
pub(super) fn check(application: Application, options: &ArgMatches) -> Result<(), Failure> {
    let Looked { config, mut errors, .. } = Looked::at(application);
    for problem in config.check().err().iter().flat_map(BootErrors::iter) {
        // A section's own problems were told when it was read.
        if !errors.iter().any(|told| told == problem) {
            errors.push(problem);
        }
    }
    if options.get_flag(JSON) {
        let problems: Vec<_> = errors.iter().collect();
        print_json(&json!({ "environment": config.environment(), "problems": problems }))?;
        return if problems.is_empty() { Ok(()) } else { Err(Failure::Printed) };
    }
    errors.into_result()?;
    print_well("No problems", &format!(" in the environment `{}`.", config.environment()))
}
