//! `conformance`: the rules of a standard, one by one, played to a server through real sockets.

mod answer;
mod case;
mod http1;
mod play;
mod report;
mod server;
mod suite;
mod websocket;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::{Outcome, workspace::Workspace};

/// Which standard.
#[derive(Args)]
pub(crate) struct ConformanceArgs {
    #[command(subcommand)]
    standard: Option<Standard>,
}

#[derive(Subcommand)]
enum Standard {
    /// HTTP/1.1 as RFC 9110 and RFC 9112 ask of a server, played to both engines
    Http1(Selection),
    /// WebSocket as RFC 6455 and RFC 7692 ask of a server: Autobahn's cases, played to both ways to write one
    #[command(name = "websocket")]
    WebSocket(websocket::WebSocketArgs),
}

/// Which cases, and where their results go.
#[derive(Args, Default)]
pub(crate) struct Selection {
    /// Only cases whose id contains this; may be given several times
    #[arg(long)]
    filter: Vec<String>,
    /// Also write every result to this file as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// List the cases, with their rules, and play none
    #[arg(long)]
    list: bool,
}

/// Plays the chosen standard, or all of them.
pub(crate) fn run(workspace: &Workspace, args: &ConformanceArgs) -> Outcome {
    match &args.standard {
        Some(Standard::Http1(selection)) => http1(workspace, selection),
        Some(Standard::WebSocket(args)) => websocket::run(workspace, args),
        None => all(workspace),
    }
}

/// Every case of every standard, but for those that take minutes.
pub(crate) fn all(workspace: &Workspace) -> Outcome {
    http1(workspace, &Selection::default())?;
    websocket::run(workspace, &websocket::WebSocketArgs::quick())
}

fn http1(workspace: &Workspace, selection: &Selection) -> Outcome {
    let cases = http1::TOPICS.iter().flat_map(|topic| topic.iter());
    let is_chosen = |case: &&case::Case| {
        selection.filter.is_empty() || selection.filter.iter().any(|part| case.id.contains(part))
    };
    let cases: Vec<_> = cases.filter(is_chosen).collect();
    if cases.is_empty() {
        return Err(
            "no case has such an id; `cargo xtask conformance http1 --list` shows all".into()
        );
    }
    if selection.list {
        report::list(&cases);
        return Ok(());
    }
    let servers = server::Servers::start(workspace, "highper-http", "conformance", ENGINES)?;
    let results = suite::play(&cases, &servers.addresses, http1::KNOWN);
    report::show(&results);
    if let Some(file) = &selection.json {
        report::write_json(&results, file)?;
    }
    report::verdict(&results)
}

/// In the order in which the server names them.
const ENGINES: &[&str] = &["native", "hyper"];
