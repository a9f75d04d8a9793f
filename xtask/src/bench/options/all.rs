//! The options of every measurement, made of those of all.

use clap::{Args, ValueEnum};

use super::{
    C10mArgs, ConnectionsArgs, IDLE, IDLE_CONNECTIONS, IDLE_SECONDS, LatencyArgs, LineArgs,
    Measure, MemoryArgs, OPENED_AT_ONCE, PER_CONNECTION, RATES, REST_SECONDS, StartArgs,
    ThroughputArgs, WebsocketArgs,
};
use crate::bench::{memory::IdleKind, workload::Workload};

/// Everything is measured as the single measurements do by default, with these rounds, seconds,
/// connections and peers.
#[derive(Args)]
pub(in crate::bench) struct AllArgs {
    #[command(flatten)]
    pub(in crate::bench) throughput: ThroughputArgs,
    /// Also open, hold and wake so many connections
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    c10m: Option<u32>,
}

impl AllArgs {
    /// The single measurements; parking only where something counts instructions.
    pub(in crate::bench) fn each(&self, counts: bool) -> Vec<Measure> {
        let load = &self.throughput.load;
        let mut each = vec![
            Measure::Throughput(self.throughput.clone()),
            Measure::Latency(self.latency()),
            Measure::Cpu(self.line()),
            Measure::Connections(self.connections()),
            Measure::Memory(self.memory()),
            Measure::Websocket(self.websocket()),
            Measure::Middleware(load.clone()),
            Measure::Routes(load.clone()),
            Measure::Files(load.timed.clone()),
            Measure::Start(self.start()),
        ];
        if counts {
            each.push(Measure::Parking(load.clone()));
        }
        each.extend(self.c10m.map(|connections| Measure::C10m(self.c10m(connections))));
        each
    }

    fn line(&self) -> LineArgs {
        LineArgs { load: self.throughput.load.timed.clone(), peers: self.throughput.peers.clone() }
    }

    fn latency(&self) -> LatencyArgs {
        let LineArgs { load, peers } = self.line();
        LatencyArgs { load, peers, workload: Workload::Plaintext, rate: RATES.to_vec() }
    }

    fn connections(&self) -> ConnectionsArgs {
        let LineArgs { load, peers } = self.line();
        ConnectionsArgs { load, peers, idle: IDLE.to_vec() }
    }

    /// Every kind of silence.
    fn memory(&self) -> MemoryArgs {
        MemoryArgs {
            common: self.throughput.load.timed.common.clone(),
            peers: self.throughput.peers.clone(),
            workload: IdleKind::value_variants().to_vec(),
            seconds: IDLE_SECONDS,
            connections: IDLE_CONNECTIONS,
        }
    }

    /// With those of the peers that speak it.
    fn websocket(&self) -> WebsocketArgs {
        WebsocketArgs::usual(self.throughput.load.clone(), self.throughput.peers.websocket())
    }

    fn start(&self) -> StartArgs {
        let common = self.throughput.load.timed.common.clone();
        StartArgs { common, peers: self.throughput.peers.clone() }
    }

    fn c10m(&self, connections: u32) -> C10mArgs {
        C10mArgs {
            output: self.throughput.load.timed.common.output.clone(),
            connections,
            wake: 1.0,
            at_once: OPENED_AT_ONCE,
            settle: REST_SECONDS,
            bytes_each: PER_CONNECTION,
            websocket: false,
            setting: Vec::new(),
        }
    }
}
