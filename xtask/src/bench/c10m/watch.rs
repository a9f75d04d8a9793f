//! What ends a run before its time: the person, or the machine's memory.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    flag,
};

use super::plan::FLOOR;
use crate::{Outcome, bench::meminfo::MemInfo};

pub(super) struct Watch {
    interrupted: Arc<AtomicBool>,
}

impl Watch {
    /// From now on Ctrl-C no longer ends this process by itself: whoever waits has to ask
    /// [`check`](Self::check), so that everything is put back on the way out.
    pub(super) fn begin() -> io::Result<Self> {
        let interrupted = Arc::default();
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            flag::register(signal, Arc::clone(&interrupted))?;
        }
        Ok(Self { interrupted })
    }

    /// # Errors
    ///
    /// The run has to end.
    pub(super) fn check(&self) -> Outcome {
        if self.interrupted.load(Ordering::Relaxed) {
            return Err("interrupted; the kernel's settings are as they were".into());
        }
        let available = MemInfo::read()?.available;
        if available < FLOOR {
            let megabytes = available / 1_000_000;
            let sentence = format!("only {megabytes} MB of memory are left on this machine");
            return Err(format!("{sentence}: stopped; ask for fewer `--connections`").into());
        }
        Ok(())
    }
}
