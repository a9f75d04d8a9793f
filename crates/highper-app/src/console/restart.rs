//! `restart`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::{Instant, sleep};

use super::output::{Failure, print_well};
use crate::Settings;

/// Sends SIGUSR2 to the server whose number is in the PID file, and waits until its successor has put
/// its own there.
pub(super) async fn restart(settings: &Settings) -> Result<(), Failure> {
    let Some(path) = &settings.pid_file else {
        let words = "it is not known which process serves: set PID_FILE for `serve` and `restart`";
        return Err(words.to_owned().into());
    };
    let old = number_in(path)?;
    check_program(old)?;
    let pid = Pid::from_raw(old).ok_or_else(|| format!("{old} is no process"))?;
    kill_process(pid, Signal::USR2).map_err(|error| {
        format!("the process {old} of {} gets no signal: {error}", path.display())
    })?;
    let deadline = Instant::now() + settings.restart_timeout + GRACE;
    while Instant::now() < deadline {
        sleep(BETWEEN_LOOKS).await;
        if let Ok(new) = number_in(path)
            && new != old
        {
            return print_well("Restarted", &format!(": process {new} serves, {old} drains."));
        }
    }
    Err(format!("process {old} serves still: no other one was ready in time; its log tells why")
        .into())
}

fn number_in(path: &Path) -> Result<i32, String> {
    let shown = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| format!("PID_FILE {shown}: {error}; does the server run?"))?;
    let number = text.trim().parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("PID_FILE {shown}: there is no number of a process in it"))
}

/// A file that a server left behind when it was killed may have the number of somebody else by now,
/// whom the signal would end. Where there is no /proc it is not known.
fn check_program(pid: i32) -> Result<(), String> {
    let arguments = |process: &str| fs::read(format!("/proc/{process}/cmdline")).ok();
    let program = |arguments: Vec<u8>| {
        let called = arguments.split(|byte| *byte == 0).next().unwrap_or_default();
        called.rsplit(|byte| *byte == b'/').next().unwrap_or_default().to_owned()
    };
    let (Some(own), Some(other)) = (arguments("self"), arguments(&pid.to_string())) else {
        return Ok(());
    };
    let (own, other) = (program(own), program(other));
    if own == other {
        return Ok(());
    }
    let [own, other] = [own, other].map(|name| String::from_utf8_lossy(&name).into_owned());
    Err(format!("process {pid} is `{}` and not `{own}`: remove PID_FILE", other.escape_debug()))
}

/// For the successor to write its number after it was found ready.
const GRACE: Duration = Duration::from_secs(2);
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);
