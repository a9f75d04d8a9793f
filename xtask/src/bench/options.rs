//! The command line of `cargo xtask bench`.

use std::{path::PathBuf, str::FromStr};

use clap::{Args, Subcommand, ValueEnum};

use super::{instructions::Wanted, memory::IdleKind, server::PEERS, workload::Workload};

/// Measure Highper beside its peers; each measurement explains itself with `--help`
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    pub(super) measure: Measure,
}

const AFTER_HELP: &str = "\
Examples:
  cargo xtask bench throughput                           Highper and every peer, about 15 minutes
  cargo xtask bench throughput --peers none --rounds 3   Highper alone, under a minute
  cargo xtask bench throughput --peers axum,epoll --workload plaintext --json figures.json
  cargo xtask bench throughput --instructions callgrind  Where there are no hardware counters
  cargo xtask bench memory --peers axum
  cargo xtask bench c10m --connections 50000             A million needs 11 GB of memory
  cargo xtask bench all --rounds 1 --instructions callgrind

Instructions per request are the figure of record: they repeat within 2%, while requests per
second swing with the machine. benches/README.md has the rest.";

#[derive(Subcommand)]
pub(super) enum Measure {
    /// Requests per second, and the instructions and CPU time of a request
    Throughput(ThroughputArgs),
    /// The server's memory for a connection that is only held open
    Memory(MemoryArgs),
    /// What ten middleware that do nothing add to a request of Highper, for each of them
    Middleware(LoadArgs),
    /// What a path parameter costs Highper with 1,000 routes against 10
    Routes(LoadArgs),
    /// As many connections as the machine can hold, all open at once, and then woken
    C10m(C10mArgs),
    /// All of these, one after the other
    All(ThroughputArgs),
}

impl MemoryArgs {
    /// Every kind of silence, with the peers and rounds of other measurements.
    pub(super) fn beside(args: &ThroughputArgs) -> Self {
        Self {
            common: args.load.common.clone(),
            peers: args.peers.clone(),
            workload: IdleKind::value_variants().to_vec(),
            seconds: IDLE_SECONDS,
            connections: IDLE_CONNECTIONS,
        }
    }
}

const IDLE_SECONDS: u32 = 5;
const IDLE_CONNECTIONS: u32 = 15_000;

/// Options of every measurement.
#[derive(Args, Clone)]
pub(super) struct CommonArgs {
    /// How often each figure is taken; rounds go over all servers in turn
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) rounds: u32,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// Where the figures go, and what they are taken of.
#[derive(Args, Clone)]
pub(super) struct OutputArgs {
    /// Write the machine and every figure to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
    /// Measure the programs of the last build
    #[arg(long)]
    pub(super) no_build: bool,
}

/// Options of everything that sends requests.
#[derive(Args)]
pub(super) struct LoadArgs {
    #[command(flatten)]
    pub(super) common: CommonArgs,
    /// How long each measurement takes, after a warm-up of half a second
    #[arg(long, value_name = "S", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(super) seconds: u32,
    /// Keep-alive connections that ask again as soon as they have their answer
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub(super) connections: u32,
    /// What counts the instructions of a request; callgrind takes some 5 seconds more for each
    /// figure and round, in 3 rounds at most
    #[arg(long, value_enum, value_name = "COUNTER", default_value = "auto")]
    pub(super) instructions: Wanted,
}

#[derive(Args)]
pub(super) struct ThroughputArgs {
    #[command(flatten)]
    pub(super) load: LoadArgs,
    /// The servers beside Highper: `all`, `none`, or names with commas between them
    #[arg(long, value_name = "LIST", default_value = "all")]
    pub(super) peers: Peers,
    /// What is asked for; pipelined is plaintext, 16 requests at once
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "plaintext,json,param,pipelined"
    )]
    pub(super) workload: Vec<Workload>,
}

#[derive(Args)]
pub(super) struct MemoryArgs {
    #[command(flatten)]
    pub(super) common: CommonArgs,
    /// The servers beside Highper: `all`, `none`, or names with commas between them
    #[arg(long, value_name = "LIST", default_value = "all")]
    pub(super) peers: Peers,
    /// What a connection did before it fell silent
    #[arg(
        long,
        value_name = "LIST",
        value_enum,
        value_delimiter = ',',
        default_value = "idle_new,idle_keepalive"
    )]
    pub(super) workload: Vec<IdleKind>,
    /// How long all connections have been silent when the memory is read
    #[arg(long, value_name = "S", default_value_t = IDLE_SECONDS, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub(super) seconds: u32,
    /// Connections held open at once; a third of them is opened and measured first
    #[arg(long, value_name = "N", default_value_t = IDLE_CONNECTIONS, value_parser = clap::value_parser!(u32).range(3..=400_000))]
    pub(super) connections: u32,
}

/// Both ends of every connection are on this machine, in as many pairs of a server and a client
/// process as the limit of open files demands. As root the kernel's limits are raised for the time
/// of the run; otherwise the commands are printed.
#[derive(Args)]
pub(super) struct C10mArgs {
    #[command(flatten)]
    pub(super) output: OutputArgs,
    /// Connections open at once
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    pub(super) connections: u32,
    /// The share of them, from 0 to 1, that is asked again once all stand
    #[arg(long, value_name = "SHARE", default_value_t = 1.0, value_parser = share)]
    pub(super) wake: f64,
    /// Connections in work at a time while they are opened, over all processes
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) at_once: u32,
    /// How long the servers may come to rest before memory and CPU time are read
    #[arg(long, value_name = "S", default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=3600))]
    pub(super) settle: u32,
    /// What a connection is expected to take, client and server in user space and kernel: more
    /// connections than fit are refused
    #[arg(long, value_name = "BYTES", default_value_t = 8_500, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) bytes_each: u32,
    /// A setting of the server, `PARKING=off` for one; may be given several times
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    pub(super) setting: Vec<(String, String)>,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("not a number from 0 to 1".into()),
    }
}

fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.into(), value.into())),
        _ => Err("not of the form NAME=VALUE".into()),
    }
}

/// Which peers are measured beside Highper, in the order of [`PEERS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Peers(pub(super) Vec<&'static str>);

impl FromStr for Peers {
    type Err = String;

    fn from_str(list: &str) -> Result<Self, String> {
        let wanted: Vec<&str> = match list {
            "all" => return Ok(Self(PEERS.to_vec())),
            "none" => return Ok(Self(Vec::new())),
            list => list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect(),
        };
        let unknown: Vec<&str> =
            wanted.iter().copied().filter(|name| !PEERS.contains(name)).collect();
        if unknown.is_empty() && !wanted.is_empty() {
            return Ok(Self(PEERS.into_iter().filter(|name| wanted.contains(name)).collect()));
        }
        let what = match unknown[..] {
            [] => "no peer named".to_owned(),
            _ => format!("no such peer: {}", unknown.join(", ")),
        };
        Err(format!("{what}; use `all`, `none`, or any of {}", PEERS.join(",")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_come_in_their_own_order_and_once() {
        let peers: Peers = "epoll, axum,axum".parse().unwrap();
        assert_eq!(peers.0, ["axum", "epoll"]);
        assert_eq!("all".parse::<Peers>().unwrap().0, PEERS);
        assert!("none".parse::<Peers>().unwrap().0.is_empty());
    }

    #[test]
    fn shares_and_settings_are_checked_where_they_are_given() {
        assert!(share("1.0").is_ok() && share("0").is_ok());
        assert!(share("1.1").is_err() && share("NaN").is_err() && share("all").is_err());
        assert_eq!(setting("A=b=c").unwrap(), ("A".into(), "b=c".into()));
        assert!(setting("=b").is_err() && setting("A").is_err());
    }

    #[test]
    fn an_unknown_peer_is_answered_with_the_names_there_are() {
        let error = "axum,rocket".parse::<Peers>().unwrap_err();
        assert!(error.contains("no such peer: rocket"), "{error}");
        assert!(error.contains("hyper-per-core"), "{error}");
        assert!("".parse::<Peers>().is_err());
    }
}
