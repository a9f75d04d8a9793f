//! Limits and cores of this process, which the programs that it starts inherit.

use std::io;

use rustix::{
    process::{Resource, Rlimit, getrlimit, setrlimit},
    thread::{CpuSet, sched_getaffinity, sched_setaffinity},
};

use crate::Outcome;

/// Files that a server or the generator has open beside its connections.
const OTHER_FILES: u64 = 256;

/// Where nothing limits a process, this does: a table of open files stays a few megabytes.
const MOST_FILES: u64 = 1_000_000;

/// Lets programs started from now on open that many connections.
///
/// # Errors
///
/// The machine does not allow it; says what to do.
pub(super) fn allow_connections(connections: u32) -> Outcome {
    let needed = u64::from(connections) + OTHER_FILES;
    let limit = getrlimit(Resource::Nofile);
    let hard = limit.maximum.unwrap_or(u64::MAX);
    // Up to the hard limit anyone may go, beyond it only root.
    let maximum = limit.maximum.map(|hard| hard.max(needed));
    let raised = Rlimit { current: maximum.or(Some(needed)), maximum };
    setrlimit(Resource::Nofile, raised).map_err(|_| {
        format!(
            "{connections} connections need {needed} open files, but the limit is {hard}; raise \
             it as root (`ulimit -Hn {needed}`), or ask for fewer with `--connections`"
        )
        .into()
    })
}

/// Lets programs started from now on open as many files as the machine allows; says how many.
pub(super) fn raise_open_files() -> Outcome<u64> {
    let limit = getrlimit(Resource::Nofile);
    let hard = limit.maximum.or(limit.current);
    setrlimit(Resource::Nofile, Rlimit { current: hard, maximum: limit.maximum })?;
    Ok(hard.unwrap_or(MOST_FILES))
}

/// One core for the server, another for all else.
#[derive(Clone, Copy)]
pub(super) struct Cores {
    pub(super) server: usize,
    pub(super) generator: usize,
}

impl Cores {
    /// The first and the last core that this process may use.
    ///
    /// # Errors
    ///
    /// There is only one.
    pub(super) fn choose() -> Outcome<Self> {
        let allowed = sched_getaffinity(None)?;
        let mut cores = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core));
        match (cores.next(), cores.next_back()) {
            (Some(server), Some(generator)) => Ok(Self { server, generator }),
            _ => Err("server and generator need a core each, but only one may be used here".into()),
        }
    }
}

/// Moves this thread, and what it starts from now on, to one core.
pub(super) fn pin(core: usize) -> io::Result<()> {
    let mut only = CpuSet::new();
    only.set(core);
    Ok(sched_setaffinity(None, &only)?)
}
