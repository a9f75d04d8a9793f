//! The bookshop as a service: it may become other processes, and is known by its pid file.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::command::TIME_LIMIT;
use crate::demo::program;

/// The bookshop as a service; all its processes end with the test.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    pub(crate) folder: Folder,
    child: Child,
}

impl Service {
    pub(crate) fn start(variables: &[(&str, &str)]) -> Self {
        Self::start_as(&mut program(&[("ADDRESS", "127.0.0.1:0")]), variables)
    }

    /// Starts the program with more variables and waits until it serves.
    pub(crate) fn start_as(command: &mut Command, variables: &[(&str, &str)]) -> Self {
        let folder = Folder::new();
        let child = command
            .env("WORKER_THREADS", "2")
            .env("PID_FILE", folder.pid_file())
            .envs(variables.iter().copied())
            .stdout(File::create(folder.path("out")).unwrap())
            .stderr(File::create(folder.path("log")).unwrap())
            .spawn()
            .unwrap();
        let any = ([0, 0, 0, 0], 0).into();
        let mut service = Self { address: any, folder, child };
        until("it serves", || service.folder.pid().is_some());
        let told = fs::read_to_string(service.folder.path("out")).unwrap();
        if let Some((_, rest)) = told.split_once("://") {
            service.address = rest.split('/').next().unwrap().parse().unwrap();
        }
        service
    }

    /// The process that is the service now.
    pub(crate) fn pid(&self) -> u32 {
        self.folder.pid().expect("a pid file")
    }

    pub(crate) fn signal(&self, signal: Signal) {
        send(self.pid(), signal);
    }

    /// Sends SIGUSR2 and waits until another process serves and this one has ended.
    pub(crate) fn restart(&self) {
        let old = self.pid();
        send(old, Signal::USR2);
        until("another process serves", || self.folder.pid().is_some_and(|pid| pid != old));
        until("the old process ends", || !is_running(old));
    }

    /// The processes that the service has started and that run.
    pub(crate) fn workers(&self) -> Vec<u32> {
        children(self.pid())
    }

    /// What it has said on standard error.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path("log")).unwrap()
    }

    /// Waits for the end: the exit code of the process that was started first.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        until("it ends", || self.folder.pid().is_none_or(|pid| !is_running(pid)));
        until("the first process ends", || self.child.try_wait().unwrap().is_some());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(pid) = self.folder.pid().filter(|pid| is_running(*pid)) {
            send(pid, Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("{}", self.log());
        }
    }
}

/// A folder for one test; it goes with it.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("highper-demo-{}-{number}", process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn pid_file(&self) -> PathBuf {
        self.path("pid")
    }

    fn pid(&self) -> Option<u32> {
        number_in(&self.pid_file())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The number that a file holds.
pub(crate) fn number_in(path: &Path) -> Option<u32> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// Waits for a condition.
#[track_caller]
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < TIME_LIMIT, "not within {TIME_LIMIT:?}: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn send(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    // It may have ended.
    let _ = kill_process(pid, signal);
}

/// Nobody may be there to wait for a process whose parent has ended: a zombie does not run.
pub(crate) fn is_running(pid: u32) -> bool {
    stat(pid).is_some_and(|(state, _)| state != "Z" && state != "X")
}

fn children(of: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap();
    let pids = processes.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    pids.filter(|pid| stat(*pid).is_some_and(|(state, parent)| state != "Z" && parent == of))
        .collect()
}

/// State and parent: fields 3 and 4 of proc_pid_stat(5).
fn stat(pid: u32) -> Option<(String, u32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit(')').next()?.split_whitespace();
    Some((fields.next()?.to_owned(), fields.next()?.parse().ok()?))
}
