//! Which services run, for people and for programs.

use comfy_table::{Table, presets::NOTHING};
use serde::Serialize;

use super::instance::Instance;
use crate::{
    Outcome,
    console::{Ink, paint_output},
};

/// What is known of one.
#[derive(Serialize)]
pub(super) struct Status {
    name: &'static str,
    state: State,
    variable: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pid: Option<i32>,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Up,
    /// Its process is there, and gives no answer.
    Silent,
    Down,
}

impl Status {
    pub(super) fn of(instance: &Instance) -> Self {
        let service = instance.service();
        let pid = instance.pid();
        let state = match pid {
            None => State::Down,
            Some(_) if (service.is_ready)(instance) => State::Up,
            Some(_) => State::Silent,
        };
        Self {
            name: service.name,
            state,
            variable: service.variable,
            url: pid.and(instance.variable()).map(|(_, url)| url),
            pid: pid.map(|pid| pid.as_raw_nonzero().get()),
        }
    }
}

pub(super) fn print_json(instances: &[Instance]) -> Outcome {
    let all: Vec<_> = instances.iter().map(Status::of).collect();
    println!("{}", serde_json::to_string_pretty(&all)?);
    Ok(())
}

pub(super) fn table(all: &[Status]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(["service", "state", "attach by", "process"]);
    for status in all {
        let state = match status.state {
            State::Up => paint_output(Ink::Green, "up"),
            State::Silent => paint_output(Ink::Yellow, "gives no answer"),
            State::Down => paint_output(Ink::Dim, "down"),
        };
        let attach = status.url.as_ref().map(|url| format!("{}={url}", status.variable));
        let pid = status.pid.map(|pid| pid.to_string());
        let cells =
            [status.name.into(), state, attach.unwrap_or_default(), pid.unwrap_or_default()];
        table.add_row(cells);
    }
    table
}
