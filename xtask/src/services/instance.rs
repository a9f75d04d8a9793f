//! One running service: its folder, its process, its port.

use std::{
    fs::{self, File},
    io,
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};

use super::Service;
use crate::{Outcome, process, workspace::Workspace};

/// A service under `target/services`, whether it runs or not.
pub(super) struct Instance {
    service: Service,
    folder: PathBuf,
}

impl Instance {
    pub(super) fn new(workspace: &Workspace, service: Service) -> Self {
        let folder = workspace.target.join("services").join(service.name);
        Self { service, folder }
    }

    pub(super) fn service(&self) -> &Service {
        &self.service
    }

    /// Where it keeps everything; also the working folder of its process.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The port that was chosen for it.
    pub(super) fn port(&self) -> Option<u16> {
        self.read(PORT)
    }

    /// The variable that attaches an application, and its value.
    pub(super) fn variable(&self) -> Option<(&'static str, String)> {
        self.port().map(|port| (self.service.variable, (self.service.url)(port)))
    }

    /// Can somebody connect to its port?
    pub(super) fn connect(&self) -> io::Result<TcpStream> {
        let port = self.port().ok_or(io::ErrorKind::NotFound)?;
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        Ok(stream)
    }

    pub(super) fn is_running(&self) -> bool {
        self.pid().is_some()
    }

    /// Its process, unless it has ended; a number that by now is another program's does not count.
    pub(super) fn pid(&self) -> Option<Pid> {
        let pid = Pid::from_raw(self.read(PID)?)?;
        let at = fs::read_link(format!("/proc/{}/cwd", pid.as_raw_nonzero())).ok()?;
        at.starts_with(self.folder.canonicalize().ok()?).then_some(pid)
    }

    /// Starts it anew, with no data, and waits until it answers.
    ///
    /// # Errors
    /// It ends, or does not answer in time; the end of what it said is part of the message.
    pub(super) fn start(&self) -> Outcome {
        self.stop()?;
        fs::create_dir_all(&self.folder)?;
        fs::write(self.folder.join(PORT), free_port()?.to_string())?;
        let log = File::create(self.log())?;
        let mut command = (self.service.program)(self)?;
        command.current_dir(&self.folder).process_group(0).stdin(Stdio::null());
        let line = process::command_line(&command);
        let mut child = command
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .map_err(|error| format!("`{line}` does not start: {error}"))?;
        fs::write(self.folder.join(PID), child.id().to_string())?;
        let begun = Instant::now();
        while !(self.service.is_ready)(self) {
            if let Some(status) = child.try_wait()? {
                return Err(format!("`{line}` ended ({status}): {}", self.last_words()).into());
            }
            if begun.elapsed() > START_TIMEOUT {
                let seconds = START_TIMEOUT.as_secs();
                let words = self.last_words();
                self.stop()?;
                return Err(format!("`{line}` gives no answer in {seconds} s: {words}").into());
            }
            thread::sleep(POLL);
        }
        Ok(())
    }

    /// Ends it and removes its folder. One that does not run is no error.
    ///
    /// # Errors
    /// A process that outlives SIGKILL, or files that cannot be removed.
    pub(super) fn stop(&self) -> Outcome {
        for signal in [Signal::TERM, Signal::KILL] {
            let Some(pid) = self.pid() else { break };
            // It may have ended by itself meanwhile.
            let _ = kill_process_group(pid, signal);
            let begun = Instant::now();
            while self.is_running() && begun.elapsed() < STOP_TIMEOUT {
                thread::sleep(POLL);
            }
        }
        if let Some(pid) = self.pid() {
            return Err(format!("{} (process {pid:?}) does not end", self.service.name).into());
        }
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(format!("{} cannot be removed: {error}", self.folder.display()).into())
            }
            _ => Ok(()),
        }
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    fn last_words(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<_> = log.lines().filter(|line| !line.trim().is_empty()).collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }

    fn read<T: std::str::FromStr>(&self, file: &str) -> Option<T> {
        fs::read_to_string(self.folder.join(file)).ok()?.trim().parse().ok()
    }
}

/// A port that nobody listens on now; whoever is quicker has it.
pub(super) fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

const PORT: &str = "port";
const PID: &str = "pid";

/// RabbitMQ takes ten seconds on a quiet machine of two cores.
const START_TIMEOUT: Duration = Duration::from_secs(90);
const STOP_TIMEOUT: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn instance(name: &'static str, program: fn(&Instance) -> Outcome<Command>) -> Instance {
        let service = Service {
            name,
            variable: "SHELL_URL",
            programs: &[],
            program,
            is_ready: |instance| instance.folder().join("ready").exists(),
            url: |port| format!("shell://127.0.0.1:{port}"),
        };
        let folder = std::env::temp_dir().join(format!("highper-{name}-{}", std::process::id()));
        Instance { service, folder }
    }

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn it_runs_from_start_to_stop_and_leaves_nothing() {
        let instance = instance("runs", |_| Ok(shell("echo 1 > ready; sleep 600 & wait")));
        instance.start().unwrap();
        assert!(instance.is_running());
        let (name, url) = instance.variable().unwrap();
        assert_eq!(
            (name, url),
            ("SHELL_URL", format!("shell://127.0.0.1:{}", instance.port().unwrap()))
        );
        instance.stop().unwrap();
        assert!(!instance.is_running() && !instance.folder().exists());
        instance.stop().unwrap();
    }

    #[test]
    fn one_that_ends_at_once_is_told_with_its_last_words() {
        let instance = instance("ends", |_| Ok(shell("echo no such disk >&2; exit 4")));
        let error = instance.start().unwrap_err().to_string();
        assert!(error.contains("(exit status: 4): no such disk"), "{error}");
        instance.stop().unwrap();
    }

    #[test]
    fn the_number_of_another_process_is_not_taken_for_it() {
        let instance = instance("stale", |_| Ok(shell("true")));
        fs::create_dir_all(instance.folder()).unwrap();
        fs::write(instance.folder().join(PID), std::process::id().to_string()).unwrap();
        assert!(!instance.is_running());
        instance.stop().unwrap();
    }
}
