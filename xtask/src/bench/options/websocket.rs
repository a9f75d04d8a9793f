//! The options of what is measured on WebSockets.

use clap::{Args, ValueEnum};

use super::{LoadArgs, Peers, values};

/// Texts of 64 bytes over WebSockets: each echoed, or one sent to all.
#[derive(Args)]
pub(in crate::bench) struct WebsocketArgs {
    #[command(flatten)]
    pub(in crate::bench) load: LoadArgs,
    /// The servers beside Highper: `all`, `none`, or names with commas between them
    #[arg(long, value_name = "LIST", default_value = "all", value_parser = values::websocket_peers)]
    pub(in crate::bench) peers: Peers,
    /// What the server does with a message
    #[arg(long, value_enum, value_delimiter = ',', default_value = "echo,fan_out")]
    pub(in crate::bench) workload: Vec<Talking>,
    /// Clients that a message is sent to, for `fan_out`
    #[arg(
        long,
        value_name = "N",
        default_value_t = AUDIENCE,
        value_parser = clap::value_parser!(u32).range(1..=19_000)
    )]
    pub(in crate::bench) audience: u32,
}

/// What a server does with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(in crate::bench) enum Talking {
    /// It sends it back
    Echo,
    /// It sends it to all clients
    FanOut,
}

const AUDIENCE: u32 = 10_000;

impl WebsocketArgs {
    /// Everything that can be measured.
    pub(super) fn usual(load: LoadArgs, peers: Peers) -> Self {
        Self { load, peers, workload: Talking::value_variants().to_vec(), audience: AUDIENCE }
    }

    /// How many WebSockets are open.
    pub(in crate::bench) fn clients(&self, talking: Talking) -> u32 {
        match talking {
            Talking::Echo => self.load.timed.connections,
            Talking::FanOut => self.audience,
        }
    }
}

impl Talking {
    pub(in crate::bench) fn name(self) -> &'static str {
        match self {
            Self::Echo => "echo",
            Self::FanOut => "fan_out",
        }
    }

    pub(in crate::bench) fn path(self) -> &'static str {
        match self {
            Self::Echo => "/ws",
            Self::FanOut => "/fan-out",
        }
    }
}
