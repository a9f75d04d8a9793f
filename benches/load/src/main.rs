//! The generator as a program: prints its outcome as one line of JSON.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "its output is what it is for")]

use std::{
    error::Error,
    io,
    net::SocketAddr,
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::{Parser, Subcommand, ValueEnum};
use highper_load::{
    Asked, Crowd, CrowdCommand, CrowdEvent, CrowdPlan, Fields, HeldReport, Kind, Pace, Plan,
    ReleasedReport, Talk, TalkPlan, Traffic, hold, run,
};
use serde::Serialize;

/// Loads a server on this machine and prints what came of it as JSON.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Send requests: as fast as they are answered, or with --rate at fixed moments
    Run {
        #[command(flatten)]
        target: Target,
        /// What every request carries
        #[arg(long, default_value = "host")]
        fields: Fields,
        /// Requests in flight on each connection
        #[arg(long, default_value_t = 1)]
        pipeline: usize,
        /// How long to send, in seconds; with --requests at most
        #[arg(long, default_value_t = 3.0)]
        seconds: f64,
        /// Requests per second over all connections; latency then counts from when each was due
        #[arg(long)]
        rate: Option<u64>,
        /// Send exactly so many requests over all connections
        #[arg(long, conflicts_with = "rate")]
        requests: Option<u64>,
        /// With --requests: how long each connection pauses between an answer and its next request
        #[arg(long, value_name = "MS", requires = "requests")]
        pause_ms: Option<u64>,
    },
    /// Open connections and keep them quiet until a line, or the end, comes on standard input
    Hold {
        #[command(flatten)]
        target: Target,
        /// What happens on a connection before it falls silent
        #[arg(long)]
        kind: HoldKind,
    },
    /// Open, wake and release very many connections as lines of JSON on standard input tell it
    Crowd {
        #[command(flatten)]
        target: Target,
        /// What the body of every answer must be
        #[arg(long, default_value = "Hello, World!")]
        body: String,
        /// Open a WebSocket on each connection, and wake it for an echo
        #[arg(long)]
        websocket: bool,
        /// The number of the first connection, among those of all processes
        #[arg(long, default_value_t = 0)]
        first: usize,
    },
    /// Open WebSockets, and say one thing over and over on them as lines of JSON on standard input
    /// tell it
    Talk {
        #[command(flatten)]
        target: Target,
        /// What the server does with a message
        #[arg(long)]
        traffic: TalkTraffic,
    },
}

#[derive(clap::Args)]
struct Target {
    /// The server, at a loopback address: 127.0.0.1:8080
    #[arg(long)]
    address: SocketAddr,
    /// What to ask for
    #[arg(long, default_value = "/plaintext")]
    path: String,
    /// Connections to open
    #[arg(long, default_value_t = 64)]
    connections: usize,
}

#[derive(Clone, Copy, ValueEnum)]
enum HoldKind {
    /// Connected, never a byte sent
    #[value(name = "idle_new")]
    New,
    /// One request answered, then quiet
    #[value(name = "idle_keepalive")]
    Keepalive,
    /// A WebSocket opened, then quiet
    #[value(name = "idle_websocket")]
    Websocket,
}

#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum TalkTraffic {
    /// It sends it back
    Echo,
    /// It sends it to all
    FanOut,
}

fn main() -> ExitCode {
    match execute(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            match error.source() {
                Some(source) => eprintln!("error: {error}: {source}"),
                None => eprintln!("error: {error}"),
            }
            ExitCode::FAILURE
        }
    }
}

fn execute(command: Command) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Run { target, fields, pipeline, seconds, rate, requests, pause_ms } => {
            let Target { address, path, connections } = target;
            let duration = Duration::try_from_secs_f64(seconds)?;
            let pause = pause_ms.map(Duration::from_millis);
            let pace = match (rate, requests, pause) {
                (Some(per_second), ..) => Pace::Fixed { per_second },
                (None, Some(requests), Some(pause)) => Pace::Pausing { requests, pause },
                (None, Some(requests), None) => Pace::Counted { requests },
                (None, None, _) => Pace::ClosedLoop,
            };
            print(&run(&Plan { address, path, fields, connections, pipeline, duration, pace })?)
        }
        Command::Hold { target, kind } => {
            let kind = match kind {
                HoldKind::New => Kind::New,
                HoldKind::Keepalive => Kind::KeepAlive,
                HoldKind::Websocket => Kind::WebSocket,
            };
            let started = Instant::now();
            let held = hold(target.address, &target.path, kind, target.connections)?;
            let seconds = started.elapsed().as_secs_f64();
            print(&HeldReport { held: target.connections, seconds })?;
            io::stdin().read_line(&mut String::new())?;
            print(&ReleasedReport { disturbed: held.release() })
        }
        Command::Crowd { target, body, websocket, first } => {
            let Target { address, path, connections } = target;
            let asked = if websocket { Asked::WebSocket } else { Asked::Request(body) };
            obey(Crowd::new(CrowdPlan { address, path, asked, connections, first })?)
        }
        Command::Talk { target, traffic } => {
            let Target { address, path, connections } = target;
            let traffic = match traffic {
                TalkTraffic::Echo => Traffic::Echo,
                TalkTraffic::FanOut => Traffic::FanOut,
            };
            talk(&TalkPlan { address, path, connections, traffic })
        }
    }
}

/// Does what each line says, until there is no more.
fn obey(mut crowd: Crowd) -> Result<(), Box<dyn Error>> {
    for line in io::stdin().lines() {
        // Progress that cannot be written is no loss; the report after it will tell.
        let tell = |progress| drop(print(&CrowdEvent::Progress(progress)));
        print(&match serde_json::from_str(&line?)? {
            CrowdCommand::Open { at_once } => CrowdEvent::Opened(crowd.open(at_once, tell)?),
            CrowdCommand::Wake { share, at_once } => {
                CrowdEvent::Woken(crowd.wake(share, at_once, tell)?)
            }
            CrowdCommand::Release => CrowdEvent::Released(crowd.release()),
        })?;
    }
    Ok(())
}

/// Says as much as each line says, until there is no more.
fn talk(plan: &TalkPlan) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let mut talk = Talk::open(plan)?;
    print(&HeldReport { held: plan.connections, seconds: started.elapsed().as_secs_f64() })?;
    for line in io::stdin().lines() {
        print(&talk.talk(serde_json::from_str(&line?)?)?)?;
    }
    Ok(())
}

fn print(report: &impl Serialize) -> Result<(), Box<dyn Error>> {
    println!("{}", serde_json::to_string(report)?);
    Ok(())
}
