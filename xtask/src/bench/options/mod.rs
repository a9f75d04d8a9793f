//! The command line of `cargo xtask bench`.

mod all;
mod values;
mod websocket;

use std::path::PathBuf;

use clap::{Args, Subcommand};

pub(super) use self::{
    all::AllArgs,
    values::Peers,
    websocket::{Talking, WebsocketArgs},
};
use super::{
    instructions::{Counter, Wanted},
    memory::IdleKind,
    workload::Workload,
};
use crate::Outcome;

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
    /// How long an answer takes while requests come at fixed rates
    Latency(LatencyArgs),
    /// What the server's core does at 10% to 100% of the load that it can bear
    Cpu(LineArgs),
    /// What idle connections take from the busy ones
    Connections(ConnectionsArgs),
    /// What parking adds to a request of Highper on a busy connection, and on one at rest
    Parking(LoadArgs),
    /// What a static file of 1 MiB costs Highper, beside nginx with sendfile
    Files(TimedArgs),
    /// How long a program takes from its start until it accepts connections
    Start(StartArgs),
    /// Messages of WebSockets, echoed and sent to all
    Websocket(WebsocketArgs),
    /// As many connections as the machine can hold, all open at once, and then woken
    C10m(C10mArgs),
    /// All of these, one after the other; the very many connections only with `--c10m`
    All(AllArgs),
}

impl Measure {
    /// What counts instructions, if anything has to.
    ///
    /// # Errors
    ///
    /// What is needed is not there.
    pub(super) fn counter(&self) -> Outcome<Option<Counter>> {
        match self {
            Self::Throughput(args) => args.load.instructions.choose(),
            Self::All(args) => args.throughput.load.instructions.choose(),
            Self::Middleware(args) | Self::Routes(args) => args.instructions.choose(),
            Self::Websocket(args) => args.load.instructions.choose(),
            Self::Parking(args) => args.instructions.require().map(Some),
            Self::Memory(_)
            | Self::Files(_)
            | Self::Latency(_)
            | Self::Cpu(_)
            | Self::Connections(_)
            | Self::Start(_)
            | Self::C10m(_) => Ok(None),
        }
    }

    pub(super) fn output(&self) -> &OutputArgs {
        match self {
            Self::Throughput(args) => &args.load.timed.common.output,
            Self::All(args) => &args.throughput.load.timed.common.output,
            Self::Middleware(args) | Self::Routes(args) | Self::Parking(args) => {
                &args.timed.common.output
            }
            Self::Memory(args) => &args.common.output,
            Self::Start(args) => &args.common.output,
            Self::Files(args) => &args.common.output,
            Self::Websocket(args) => &args.load.timed.common.output,
            Self::Latency(args) => &args.load.common.output,
            Self::Cpu(args) => &args.load.common.output,
            Self::Connections(args) => &args.load.common.output,
            Self::C10m(args) => &args.output,
        }
    }
}

/// Options of every measurement.
#[derive(Args, Clone)]
pub(super) struct CommonArgs {
    /// How often each figure is taken; rounds go over all servers in turn
    #[arg(
        long,
        value_name = "N",
        default_value_t = 5,
        value_parser = clap::value_parser!(u32).range(1..=1000)
    )]
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
    /// Write a page with tables and charts to this file
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
    /// Compare with the figures that an earlier `--json` wrote to this file
    #[arg(long, value_name = "FILE")]
    pub(super) against: Option<PathBuf>,
    /// Measure the programs of the last build
    #[arg(long)]
    pub(super) no_build: bool,
}

/// Options of everything that sends requests for a time.
#[derive(Args, Clone)]
pub(super) struct TimedArgs {
    #[command(flatten)]
    pub(super) common: CommonArgs,
    /// How long each measurement takes, after a warm-up of half a second
    #[arg(
        long,
        value_name = "S",
        default_value_t = 3,
        value_parser = clap::value_parser!(u32).range(1..=3600)
    )]
    pub(super) seconds: u32,
    /// Busy keep-alive connections
    #[arg(
        long,
        value_name = "N",
        default_value_t = 64,
        value_parser = clap::value_parser!(u32).range(1..=20_000)
    )]
    pub(super) connections: u32,
}

/// Options of everything that counts the instructions of requests.
#[derive(Args, Clone)]
pub(super) struct LoadArgs {
    #[command(flatten)]
    pub(super) timed: TimedArgs,
    /// What counts the instructions of a request; callgrind takes some 5 seconds more for each
    /// figure and round, in 3 rounds at most
    #[arg(long, value_enum, value_name = "COUNTER", default_value = "auto")]
    pub(super) instructions: Wanted,
}

#[derive(Args, Clone)]
pub(super) struct ThroughputArgs {
    #[command(flatten)]
    pub(super) load: LoadArgs,
    /// The servers beside Highper: `all`, `none`, or names with commas between them
    #[arg(long, value_name = "LIST", default_value = "all")]
    pub(super) peers: Peers,
    /// What is asked for; pipelined is plaintext, 16 requests at once; browser and distinct are
    /// plaintext with other header fields
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "plaintext,json,param,pipelined,browser,distinct"
    )]
    pub(super) workload: Vec<Workload>,
}

/// Latency counts from the moment a request was due, sent or not: a server that stalls does not hide
/// what it kept from being sent.
#[derive(Args)]
pub(super) struct LatencyArgs {
    #[command(flatten)]
    pub(super) load: TimedArgs,
    /// The servers beside Highper: `all`, `none`, or names with commas between them
    #[arg(long, value_name = "LIST", default_value = "all")]
    pub(super) peers: Peers,
    /// What is asked for
    #[arg(long, value_enum, default_value = "plaintext")]
    pub(super) workload: Workload,
    /// Requests per second, over all connections
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_values_t = RATES,
        value_parser = clap::value_parser!(u64).range(1..=10_000_000)
    )]
    pub(super) rate: Vec<u64>,
}

/// Each server's own peak is found first, by a closed loop.
#[derive(Args)]
pub(super) struct LineArgs {
    #[command(flatten)]
    pub(super) load: TimedArgs,
    /// The servers beside Highper: `all`, `none`, or names with commas between them
    #[arg(long, value_name = "LIST", default_value = "all")]
    pub(super) peers: Peers,
}

#[derive(Args)]
pub(super) struct ConnectionsArgs {
    #[command(flatten)]
    pub(super) load: TimedArgs,
    /// The servers beside Highper: `all`, `none`, or names with commas between them
    #[arg(long, value_name = "LIST", default_value = "all")]
    pub(super) peers: Peers,
    /// Idle connections, each after one request, beside the busy ones
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_values_t = IDLE,
        value_parser = clap::value_parser!(u32).range(0..=400_000)
    )]
    pub(super) idle: Vec<u32>,
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
    #[arg(
        long,
        value_name = "S",
        default_value_t = IDLE_SECONDS,
        value_parser = clap::value_parser!(u32).range(1..=60)
    )]
    pub(super) seconds: u32,
    /// Connections held open at once; a third of them is opened and measured first
    #[arg(
        long,
        value_name = "N",
        default_value_t = IDLE_CONNECTIONS,
        value_parser = clap::value_parser!(u32).range(3..=400_000)
    )]
    pub(super) connections: u32,
}

/// The smallest application and the demo with all its providers, beside the peers.
#[derive(Args)]
pub(super) struct StartArgs {
    #[command(flatten)]
    pub(super) common: CommonArgs,
    /// The servers beside Highper: `all`, `none`, or names with commas between them
    #[arg(long, value_name = "LIST", default_value = "all")]
    pub(super) peers: Peers,
}

/// Both ends of every connection are on this machine, in as many pairs of a server and a client
/// process as the limit of open files demands. As root the kernel's limits are raised for the time
/// of the run; otherwise the commands are printed.
#[derive(Args)]
pub(super) struct C10mArgs {
    #[command(flatten)]
    pub(super) output: OutputArgs,
    /// Connections open at once
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1_000_000,
        value_parser = clap::value_parser!(u32).range(1..=100_000_000)
    )]
    pub(super) connections: u32,
    /// The share of them, from 0 to 1, that is asked again once all stand
    #[arg(long, value_name = "SHARE", default_value_t = 1.0, value_parser = values::share)]
    pub(super) wake: f64,
    /// Connections in work at a time while they are opened, over all processes
    #[arg(
        long,
        value_name = "N",
        default_value_t = OPENED_AT_ONCE,
        value_parser = clap::value_parser!(u32).range(1..=100_000)
    )]
    pub(super) at_once: u32,
    /// How long the servers may come to rest before memory and CPU time are read
    #[arg(
        long,
        value_name = "S",
        default_value_t = REST_SECONDS,
        value_parser = clap::value_parser!(u32).range(0..=3600)
    )]
    pub(super) settle: u32,
    /// What a connection is expected to take, client and server in user space and kernel: more
    /// connections than fit are refused
    #[arg(
        long,
        value_name = "BYTES",
        default_value_t = PER_CONNECTION,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub(super) bytes_each: u32,
    /// Open a WebSocket on each connection, and wake it for an echo
    #[arg(long)]
    pub(super) websocket: bool,
    /// A setting of the server, `PARKING=off` for one; may be given several times
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = values::setting)]
    pub(super) setting: Vec<(String, String)>,
}

const IDLE_SECONDS: u32 = 5;
const IDLE_CONNECTIONS: u32 = 15_000;
const RATES: [u64; 4] = [1_000, 5_000, 10_000, 20_000];
const IDLE: [u32; 4] = [1_000, 5_000, 10_000, 15_000];
const OPENED_AT_ONCE: u32 = 512;
const REST_SECONDS: u32 = 5;
/// 8,200 bytes of the kernel for both ends, and 200 of the server.
const PER_CONNECTION: u32 = 8_500;
