//! What a process that holds connections is told, and what it tells: one line of JSON each.

use serde::{Deserialize, Serialize};

use crate::{LatencyCounts, ReleasedReport};

/// A line on standard input. Each is answered with its event before the next is read.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CrowdCommand {
    /// Open every connection and have one request answered on each.
    Open {
        /// Connections in work at a time, at least 1.
        at_once: usize,
    },
    /// Ask once more on a share of them.
    Wake {
        /// From 0 to 1.
        share: f64,
        /// Requests in flight at a time, at least 1.
        at_once: usize,
    },
    /// Close all of them.
    Release,
}

/// A line on standard output.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CrowdEvent {
    /// How far the command in work has come, a few times a second.
    Progress(CrowdProgress),
    /// The answer to [`CrowdCommand::Open`].
    Opened(OpenedReport),
    /// The answer to [`CrowdCommand::Wake`].
    Woken(WokenReport),
    /// The answer to [`CrowdCommand::Release`].
    Released(ReleasedReport),
}

/// Counts since the command in work began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct CrowdProgress {
    /// Connections opened.
    pub opened: usize,
    /// Requests answered as expected.
    pub answered: usize,
    /// Connections refused, closed, answered wrongly or not within the limit.
    pub lost: usize,
}

/// The outcome of [`Crowd::open`](crate::Crowd::open).
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct OpenedReport {
    /// Connections that stand, each with its request answered.
    pub held: usize,
    /// Connections that do not.
    pub lost: usize,
    /// From the first connection to the last answer, in seconds.
    pub seconds: f64,
    /// What happened to the first that was lost.
    pub failure: Option<String>,
}

/// The outcome of [`Crowd::wake`](crate::Crowd::wake).
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct WokenReport {
    /// Connections that answered again.
    pub woken: usize,
    /// Connections that were asked and did not.
    pub lost: usize,
    /// From the first request to the last answer, in seconds.
    pub seconds: f64,
    /// From the sending of each request to its whole answer.
    pub latency: LatencyCounts,
    /// What happened to the first that was lost.
    pub failure: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_single_lines_that_read_back_as_themselves() {
        let commands = [
            CrowdCommand::Open { at_once: 3 },
            CrowdCommand::Wake { share: 0.5, at_once: 1 },
            CrowdCommand::Release,
        ];
        for command in commands {
            let line = serde_json::to_string(&command).unwrap();
            assert!(!line.contains('\n'), "{line}");
            assert_eq!(serde_json::from_str::<CrowdCommand>(&line).unwrap(), command);
        }
    }
}
