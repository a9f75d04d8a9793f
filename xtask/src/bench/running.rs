//! Programs under measurement, from start to certain end.

use std::{
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use super::{
    limits::{Cores, pin},
    procfs::Watched,
    server::Server,
};
use crate::Outcome;

/// How long a server may take until it can be connected to.
/// Counting instructions slows it down some fifty times.
const START_LIMIT: Duration = Duration::from_secs(20);

/// A start takes milliseconds, which are measured.
const BETWEEN_CONNECTS: Duration = Duration::from_micros(100);

/// How long a server may take to end when it is asked to.
const STOP_LIMIT: Duration = Duration::from_secs(60);

/// What our own server reads from its environment.
const SETTINGS: [&str; 20] = [
    "ADDRESS",
    "BODY_LIMIT",
    "CALLS",
    "DRAIN_TIMEOUT",
    "FIRST_BYTE_TIMEOUT",
    "IDLE_TIMEOUT",
    "LAME_DUCK",
    "LOG_LEVEL",
    "LOOKUP",
    "MAX_CONNECTIONS",
    "MAX_CONNECTIONS_PER_IP",
    "MAX_HOT",
    "MAX_PARKED",
    "MIDDLEWARE",
    "PARKING",
    "QUIET_TIME",
    "REQUEST_TIMEOUT",
    "ROUTES",
    "TOPOLOGY",
    "WORKER_THREADS",
];

/// A child that never outlives this process: killed when dropped, and by the kernel should this
/// process die without a chance to drop anything.
pub(super) struct Guarded(pub(super) Child);

impl Guarded {
    /// Starts a program, under the id that is returned, on the core that this thread is pinned to.
    /// The wrapper is a command line that runs the program, if not empty.
    pub(super) fn spawn(
        wrapper: &[String],
        program: &Path,
        prepare: impl FnOnce(&mut Command),
    ) -> Outcome<Self> {
        if !program.is_file() {
            let program = program.display();
            return Err(format!("{program} is not built; leave out `--no-build`").into());
        }
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).args(wrapper).arg(program);
        prepare(&mut command);
        let child = command.spawn().map_err(|error| {
            format!("cannot start `setpriv`, of the package util-linux: {error}")
        })?;
        Ok(Self(child))
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // Both fail only where the child is gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server that accepts connections.
pub(super) struct Running {
    process: Guarded,
    pub(super) address: SocketAddr,
    /// From its start until it could be connected to.
    pub(super) started_in: Duration,
    /// What it said on standard error.
    log: PathBuf,
}

impl Running {
    /// Starts a server with one worker on its core and waits until it listens.
    ///
    /// # Errors
    ///
    /// It ends or does not listen within twenty seconds; says what the server said.
    pub(super) fn start(server: &Server, cores: Cores, logs: &Path) -> Outcome<Self> {
        let address = free_address()?;
        fs::create_dir_all(logs)?;
        let log = logs.join(format!("{}.log", server.name));
        let errors = File::create(&log)?;
        pin(cores.server)?;
        let started = Instant::now();
        let process = Guarded::spawn(&server.wrapper, &server.program, |command| {
            prepare(command, server, address, errors);
        });
        pin(cores.generator)?;
        let mut running = Self { process: process?, address, started_in: Duration::ZERO, log };
        running.wait_until_it_listens(started)?;
        running.started_in = started.elapsed();
        Ok(running)
    }

    pub(super) fn watched(&self) -> Watched {
        Watched { pid: self.process.0.id() }
    }

    /// An error with what the server said, if it is no longer there.
    pub(super) fn check_alive(&mut self) -> Outcome {
        match self.process.0.try_wait()? {
            None => Ok(()),
            Some(status) => {
                let said = fs::read_to_string(&self.log).unwrap_or_default();
                let last = said.lines().rev().find(|line| !line.trim().is_empty());
                let last = last.map(|line| format!(": {}", line.trim())).unwrap_or_default();
                Err(format!("the server ended ({status}){last}").into())
            }
        }
    }

    /// Asks the server to end, so that what watches it from inside can write its outcome.
    ///
    /// # Errors
    ///
    /// It had ended before, or goes on for a minute more.
    pub(super) fn terminate(mut self) -> Outcome {
        self.check_alive()?;
        let child = &mut self.process.0;
        kill_process(Pid::from_child(child), Signal::TERM)?;
        let asked = Instant::now();
        while child.try_wait()?.is_none() {
            if asked.elapsed() > STOP_LIMIT {
                let seconds = STOP_LIMIT.as_secs();
                return Err(format!("still runs {seconds} s after SIGTERM").into());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    fn wait_until_it_listens(&mut self, started: Instant) -> Outcome {
        while TcpStream::connect(self.address).is_err() {
            self.check_alive()?;
            if started.elapsed() > START_LIMIT {
                let seconds = START_LIMIT.as_secs();
                return Err(format!("does not listen on {} in {seconds} s", self.address).into());
            }
            thread::sleep(BETWEEN_CONNECTS);
        }
        Ok(())
    }
}

fn prepare(command: &mut Command, server: &Server, address: SocketAddr, errors: File) {
    // Settings of our own server must come from the measurement, not from the caller's shell.
    for variable in SETTINGS {
        command.env_remove(variable);
    }
    command
        .env("PORT", address.port().to_string())
        .env("WORKERS", "1")
        .envs(server.environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(errors);
}

/// A port that was free a moment ago.
fn free_address() -> Outcome<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
