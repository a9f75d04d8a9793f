//! The options of every measurement, made of those of all.

use clap::{Args, ValueEnum};

use super::{
    C10mArgs, ConnectionsArgs, IDLE_CONNECTIONS, IDLE_SECONDS, LatencyArgs, LineArgs, MemoryArgs,
    OPENED_AT_ONCE, PER_CONNECTION, REST_SECONDS, ThroughputArgs,
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
    pub(in crate::bench) fn latency(&self) -> LatencyArgs {
        let LineArgs { load, peers } = self.cpu();
        LatencyArgs { load, peers, workload: Workload::Plaintext, rate: super::RATES.to_vec() }
    }

    pub(in crate::bench) fn cpu(&self) -> LineArgs {
        LineArgs { load: self.throughput.load.timed.clone(), peers: self.throughput.peers.clone() }
    }

    pub(in crate::bench) fn connections(&self) -> ConnectionsArgs {
        let LineArgs { load, peers } = self.cpu();
        ConnectionsArgs { load, peers, idle: super::IDLE.to_vec() }
    }

    /// Every kind of silence.
    pub(in crate::bench) fn memory(&self) -> MemoryArgs {
        MemoryArgs {
            common: self.throughput.load.timed.common.clone(),
            peers: self.throughput.peers.clone(),
            workload: IdleKind::value_variants().to_vec(),
            seconds: IDLE_SECONDS,
            connections: IDLE_CONNECTIONS,
        }
    }

    pub(in crate::bench) fn c10m(&self) -> Option<C10mArgs> {
        Some(C10mArgs {
            output: self.throughput.load.timed.common.output.clone(),
            connections: self.c10m?,
            wake: 1.0,
            at_once: OPENED_AT_ONCE,
            settle: REST_SECONDS,
            bytes_each: PER_CONNECTION,
            setting: Vec::new(),
        })
    }
}
