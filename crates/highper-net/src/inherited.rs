//! Sockets that the service manager has opened for this process (systemd's socket activation).

use std::{
    env, io,
    os::fd::OwnedFd,
    sync::{LazyLock, Mutex, PoisonError},
};

use listenfd::ListenFd;

use crate::listen::Which;

/// Takes those sockets; each can be taken once in the life of the process.
///
/// # Errors
/// The descriptor that is not what it should be, or why there is none, as the rest of a sentence.
pub(crate) fn take(which: &Which) -> Result<Vec<OwnedFd>, String> {
    // One for the process: whoever takes a descriptor closes it in the end.
    static INHERITED: LazyLock<Mutex<Inherited>> = LazyLock::new(|| Inherited::from_env().into());
    INHERITED.lock().unwrap_or_else(PoisonError::into_inner).take(which)
}

struct Inherited {
    sockets: ListenFd,
    first: u32,
    names: Vec<String>,
}

impl Inherited {
    fn from_env() -> Self {
        let variable = |name| env::var(name).ok();
        let names = variable("LISTEN_FDNAMES").unwrap_or_default();
        Self {
            // Before the crate takes the variables out of the environment, so that no child takes
            // them for its own.
            first: variable("LISTEN_FDS_FIRST_FD").and_then(|n| n.parse().ok()).unwrap_or(FIRST),
            names: names.split(':').map(str::to_owned).collect(),
            sockets: ListenFd::from_env(),
        }
    }

    fn take(&mut self, which: &Which) -> Result<Vec<OwnedFd>, String> {
        let count = self.sockets.len();
        if count == 0 {
            return Err("no socket was handed over to this process (LISTEN_FDS, LISTEN_PID); \
                        start it by a .socket unit, or name an address"
                .to_owned());
        }
        let index_of = |number: u32| number.checked_sub(self.first).map(|index| index as usize);
        let chosen: Vec<usize> = match which {
            Which::All => (0..count).collect(),
            Which::Number(number) => {
                index_of(*number).into_iter().filter(|index| *index < count).collect()
            }
            Which::Named(name) => {
                (0..count).filter(|index| self.names.get(*index) == Some(name)).collect()
            }
        };
        if chosen.is_empty() {
            return Err(format!(
                "it is none of the sockets that were handed over: {}",
                self.list()
            ));
        }
        chosen.into_iter().map(|index| self.take_one(index)).collect()
    }

    fn take_one(&mut self, index: usize) -> Result<OwnedFd, String> {
        let descriptor = self.describe(index);
        let taken = match self.sockets.take_tcp_listener(index) {
            Ok(tcp) => Ok(tcp.map(OwnedFd::from)),
            Err(_) => self.sockets.take_unix_listener(index).map(|unix| unix.map(OwnedFd::from)),
        };
        match taken {
            Ok(Some(socket)) => Ok(socket),
            Ok(None) => Err(format!("{descriptor} is taken already: name each socket once")),
            Err(error) => Err(not_a_listener(&descriptor, &error)),
        }
    }

    fn describe(&self, index: usize) -> String {
        let number = self.first as usize + index;
        match self.names.get(index).map(String::as_str) {
            None | Some("" | "unknown") => format!("descriptor {number}"),
            Some(name) => format!("descriptor {number} ({name})"),
        }
    }

    fn list(&self) -> String {
        let all: Vec<_> = (0..self.sockets.len()).map(|index| self.describe(index)).collect();
        all.join(", ")
    }
}

fn not_a_listener(descriptor: &str, error: &io::Error) -> String {
    format!(
        "{descriptor} is not a TCP or Unix stream socket ({error}); the unit needs ListenStream="
    )
}

/// Where the descriptors begin: sd_listen_fds(3).
const FIRST: u32 = 3;
