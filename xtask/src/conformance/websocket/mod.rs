//! WebSocket: the cases of the Autobahn test suite, played to our echo servers by a fuzzer of another make.

mod fuzzer;
mod verdicts;

use std::path::PathBuf;

use clap::Args;

use self::{fuzzer::Fuzzer, verdicts::Verdicts};
use super::server::Servers;
use crate::{Outcome, workspace::Workspace};

/// Which cases, and where their results go.
#[derive(Args)]
pub(crate) struct WebSocketArgs {
    /// Only cases whose id fits this, as `12.1.*`; may be given several times
    #[arg(long, value_name = "CASE")]
    include: Vec<String>,
    /// All cases but those whose id fits this; may be given several times
    #[arg(long, value_name = "CASE")]
    exclude: Vec<String>,
    /// Also write every result to this file as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl WebSocketArgs {
    /// All cases but those that take minutes: of the 216 on compression those with large messages.
    pub(super) fn quick() -> Self {
        let exclude = (12..=13)
            .flat_map(|section| LARGE.iter().map(move |case| format!("{section}.*.{case}")));
        Self { include: Vec::new(), exclude: exclude.collect(), json: None }
    }
}

/// Plays the cases to each server.
///
/// # Errors
///
/// A case is not passed, or could not be played.
pub(super) fn run(workspace: &Workspace, args: &WebSocketArgs) -> Outcome {
    let fuzzer = Fuzzer::install(workspace)?;
    let servers = Servers::start(workspace, "highper-ws", "websocket_echo", &["events", "task"])?;
    let mut verdicts = Verdicts::default();
    for (name, address) in &servers.addresses {
        let file = fuzzer.play(name, *address, &args.include, &args.exclude)?;
        verdicts.read(name, &file)?;
    }
    verdicts.show();
    if let Some(file) = &args.json {
        verdicts.write_json(file)?;
    }
    verdicts.conclude()
}

/// The last numbers of those with messages of 16 KiB and more, a thousand each.
const LARGE: [u8; 11] = [7, 8, 9, 10, 12, 13, 14, 15, 16, 17, 18];
