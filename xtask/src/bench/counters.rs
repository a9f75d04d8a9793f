//! Hardware counters: the instructions that a server's threads retire.

use std::io;

use perf_event::{Builder, Counter, events::Hardware};

use super::procfs::Watched;
use crate::Outcome;

/// Counts from [`open`](Self::open) on, in every thread that the server has and will have.
pub(super) struct Counters {
    user: Vec<Counter>,
    /// Missing where `perf_event_paranoid` lets this user not look into the kernel.
    kernel: Option<Vec<Counter>>,
}

/// Instructions since the counters were opened.
#[derive(Clone, Copy)]
pub(super) struct Instructions {
    pub(super) user: f64,
    pub(super) kernel: Option<f64>,
}

#[derive(Clone, Copy)]
enum Space {
    User,
    Kernel,
}

/// Whether this machine counts at all; the error says why not.
pub(super) fn probe() -> Outcome {
    // The main thread's id is the process's.
    open_one(std::process::id().cast_signed(), Space::User).map(drop).map_err(|error| {
        let why = match error.kind() {
            io::ErrorKind::PermissionDenied => {
                "not allowed; set kernel.perf_event_paranoid to 1 with sysctl".to_owned()
            }
            io::ErrorKind::NotFound | io::ErrorKind::Unsupported => {
                "the processor, or the virtual machine, offers none".to_owned()
            }
            _ => error.to_string(),
        };
        why.into()
    })
}

impl Counters {
    /// # Errors
    ///
    /// The machine has no counters, or they may not be used; see [`probe`].
    pub(super) fn open(server: Watched) -> Outcome<Self> {
        let threads = server.threads()?;
        let open = |space| threads.iter().map(|thread| open_one(*thread, space)).collect();
        let user: io::Result<Vec<Counter>> = open(Space::User);
        Ok(Self { user: user?, kernel: open(Space::Kernel).ok() })
    }

    pub(super) fn read(&mut self) -> Outcome<Instructions> {
        let user = sum(&mut self.user)?;
        let kernel = self.kernel.as_mut().map(|counters| sum(counters)).transpose()?;
        Ok(Instructions { user, kernel })
    }
}

fn open_one(thread: i32, space: Space) -> io::Result<Counter> {
    let mut builder = Builder::new(Hardware::INSTRUCTIONS);
    // Threads started from now on are counted with the one that starts them.
    builder.observe_pid(thread).any_cpu().inherit(true).exclude_hv(true);
    match space {
        Space::User => builder.exclude_kernel(true),
        Space::Kernel => builder.exclude_kernel(false).exclude_user(true),
    };
    let mut counter = builder.build()?;
    counter.enable()?;
    Ok(counter)
}

/// Scaled up where the kernel had to share the hardware with other counters.
fn sum(counters: &mut [Counter]) -> io::Result<f64> {
    let mut total = 0.0;
    for counter in counters {
        let read = counter.read_count_and_time()?;
        if read.time_running > 0 {
            total += read.count as f64 * read.time_enabled as f64 / read.time_running as f64;
        }
    }
    Ok(total)
}
