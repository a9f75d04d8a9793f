//! The load generator of Highper's benchmarks: one thread, its own `epoll` loop, plain HTTP/1.1.
//!
//! - [`run`] sends a closed loop (each connection asks again when it has its answers), for a time or
//!   for a number of requests, or a fixed rate, where latency counts from the moment a request was
//!   *due*, so that a server which stalls cannot hide the requests that it kept from being sent (no
//!   coordinated omission).
//! - [`hold`] opens connections and keeps them quiet, for measuring what an idle one costs.
//! - [`Crowd`] opens very many connections, asks once on each, and wakes them later.
//! - [`Talk`] opens WebSockets and says one thing over and over.
//! - [`fetch`] asks once and returns the answer, for checking a server before measuring it.
//!
//! It aims at loopback addresses only.
//!
//! # Example
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use highper_load::{Fields, Pace, Plan, run};
//!
//! let report = run(&Plan {
//!     address: "127.0.0.1:8080".parse()?,
//!     path: "/plaintext".into(),
//!     fields: Fields::Host,
//!     connections: 64,
//!     pipeline: 1,
//!     duration: Duration::from_secs(3),
//!     pace: Pace::ClosedLoop,
//! })?;
//! assert_eq!(report.not_2xx, 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod crowd;
mod engine;
mod error;
mod fetch;
mod fields;
mod hold;
mod latency;
mod plan;
mod report;
mod talk;
mod websocket;

pub use crate::{
    crowd::{
        Asked, Crowd, CrowdCommand, CrowdEvent, CrowdPlan, CrowdProgress, OpenedReport, WokenReport,
    },
    engine::run,
    error::LoadError,
    fetch::{Fetched, fetch},
    fields::Fields,
    hold::{Held, Kind, hold},
    latency::{Latency, LatencyCounts},
    plan::{Pace, Plan},
    report::{HeldReport, LoadReport, ReleasedReport},
    talk::{Talk, TalkCommand, TalkPlan, TalkReport, Traffic},
};
