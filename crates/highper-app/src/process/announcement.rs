//! What the world is told about the process: the file with its number, and the service manager.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process;

use sd_notify::NotifyState;
use tracing::{error, warn};

/// Tells that this process serves; dropping it takes that back.
#[derive(Debug)]
pub(crate) struct Announcement {
    pid_file: Option<PathBuf>,
}

impl Announcement {
    /// Writes the number of this process into the file, and tells the service manager.
    pub(crate) fn serving(pid_file: Option<&Path>) -> Self {
        let own = process::id();
        if let Some(path) = pid_file
            && let Err(error) = write(path, own)
        {
            error!(path = %path.display(), %error, "PID_FILE could not be written");
        }
        notify(&[NotifyState::Ready, NotifyState::MainPid(own)]);
        Self { pid_file: pid_file.map(Path::to_owned) }
    }

    /// Tells the service manager that another process is the one to watch.
    pub(super) fn replaced_by(pid: u32) {
        notify(&[NotifyState::MainPid(pid)]);
    }

    /// Tells the service manager that the end has begun.
    pub(super) fn stopping() {
        notify(&[NotifyState::Stopping]);
    }
}

impl Drop for Announcement {
    fn drop(&mut self) {
        let Some(path) = &self.pid_file else { return };
        // A successor has put its own number there.
        let is_own =
            fs::read_to_string(path).is_ok_and(|text| text.trim() == process::id().to_string());
        if is_own {
            let _ = fs::remove_file(path);
        }
    }
}

/// In one step: whoever reads the file at any time finds a number in it.
fn write(path: &Path, pid: u32) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{pid}"));
    fs::write(&beside, format!("{pid}\n"))?;
    fs::rename(&beside, path)
}

/// Does nothing where there is no service manager that listens.
fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        warn!(%error, "the service manager could not be told (NOTIFY_SOCKET)");
    }
}
