//! Worker processes, restarts without a pause, and the service manager.

use std::fs::{self, Permissions};
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::command::{TIME_LIMIT, run};
use crate::demo::program;
use crate::service::{Folder, Service, is_running, number_in, send, until};
use crate::steady::Steady;

/// No workers, and two.
const WORKERS: [&str; 2] = ["0", "2"];

fn status(mut stream: impl Read + Write) -> String {
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

fn serves(service: &Service) -> bool {
    status(TcpStream::connect(service.address).unwrap()) == "HTTP/1.1 200 OK"
}

#[test]
fn restarts_under_load_lose_and_refuse_nobody() {
    for (workers, engine) in [("0", "native"), ("2", "native"), ("2", "hyper")] {
        let folder = Folder::new();
        let socket = folder.path("shop.sock");
        let address = format!("127.0.0.1:0,unix:{}", socket.display());
        let (address, engine) = (("ADDRESS", address.as_str()), ("HTTP1_ENGINE", engine));
        let variables = [("WORKERS", workers), engine, address, ("LAME_DUCK", "0.5")];
        let mut service = Service::start(&variables);
        let load = Steady::start(service.address, 6);
        for _ in 0..3 {
            let before = load.answered();
            service.restart();
            assert!(load.answered() > before);
            assert_eq!(status(UnixStream::connect(&socket).unwrap()), "HTTP/1.1 200 OK");
        }
        let failures = load.end();
        assert!(failures.is_empty(), "{workers} workers, {engine:?}: {failures:?}");
        let last = service.pid();
        service.signal(Signal::TERM);
        assert_eq!(service.ended(), Some(0), "the process that was started first");
        until("the last process ends", || !is_running(last));
        assert!(!socket.exists(), "the file goes with the last process");
        until("the pid file goes with it", || !service.folder.path("pid").exists());
        TcpListener::bind(service.address).unwrap();
    }
}

#[test]
fn a_worker_that_is_killed_takes_only_its_own_connections_with_it() {
    const CLIENTS: usize = 6;
    let service = Service::start(&[("WORKERS", "2")]);
    let load = Steady::start(service.address, CLIENTS);
    let workers = service.workers();
    assert_eq!(workers.len(), 2);
    for worker in &workers {
        let name = fs::read_to_string(format!("/proc/{worker}/comm")).unwrap();
        assert_eq!(name.trim(), "highper-demo");
    }
    for worker in workers {
        send(worker, Signal::KILL);
        until("another worker is there", || {
            let now = service.workers();
            now.len() == 2 && !now.contains(&worker)
        });
        let before = load.answered();
        until("clients are answered", || load.answered() > before + CLIENTS * 10);
    }
    let failures = load.end();
    assert!(failures.len() <= CLIENTS * 2, "more than were in flight: {failures:?}");
    let refused = failures.iter().any(|error| error.kind() == ErrorKind::ConnectionRefused);
    assert!(!refused, "{failures:?}");
}

#[test]
fn a_new_program_that_does_not_serve_leaves_the_old_one_at_work() {
    for workers in WORKERS {
        let folder = Folder::new();
        let path = folder.path("program");
        fs::copy(env!("CARGO_BIN_EXE_highper-demo"), &path).unwrap();
        let mut command = Command::new(&path);
        command.env_clear().env("ADDRESS", "127.0.0.1:0");
        let variables = [("WORKERS", workers), ("RESTART_TIMEOUT", "1"), ("LOG_LEVEL", "error")];
        let mut service = Service::start_as(&mut command, &variables);
        let old = service.pid();

        // One that ends at once, and one that hangs.
        for (number, script) in ["exit 3", "exec /bin/sleep 1000"].iter().enumerate() {
            let marker = folder.path(&format!("marker-{number}"));
            let script = format!("#!/bin/sh\necho $$ > {}\n{script}\n", marker.display());
            replace(&path, script.as_bytes());
            service.signal(Signal::USR2);
            until("the restart has failed", || {
                service.log().matches("the restart has failed").count() > number
            });
            let new = number_in(&marker).unwrap();
            until("the new process is gone", || !is_running(new));
            assert!(serves(&service));
            assert_eq!(service.pid(), old);
        }
        let log = service.log();
        assert!(log.contains("exit status: 3"), "{log}");
        assert!(log.contains("RESTART_TIMEOUT"), "{log}");

        replace(&path, &fs::read(env!("CARGO_BIN_EXE_highper-demo")).unwrap());
        service.restart();
        assert!(serves(&service));
        service.signal(Signal::TERM);
        assert_eq!(service.ended(), Some(0));
    }
}

/// Puts another program in the place of this one, in one step as an installer does.
fn replace(path: &Path, content: &[u8]) {
    let beside = path.with_extension("new");
    // Written by another process: a fork of this one may hold the file open for writing meanwhile,
    // and such a file cannot be started.
    let written = run(Command::new("tee").arg(&beside), content);
    assert_eq!(written.code, Some(0));
    fs::set_permissions(&beside, Permissions::from_mode(0o755)).unwrap();
    fs::rename(&beside, path).unwrap();
}

#[test]
fn workers_end_with_a_supervisor_that_is_killed() {
    let service = Service::start(&[("WORKERS", "2")]);
    let workers = service.workers();
    assert_eq!(workers.len(), 2);
    service.signal(Signal::KILL);
    for worker in workers {
        until("the worker ends", || !is_running(worker));
    }
    TcpListener::bind(service.address).unwrap();
}

#[test]
fn a_signal_ends_supervisor_and_workers_and_a_second_one_at_once() {
    let mut service = Service::start(&[("WORKERS", "2"), ("DRAIN_TIMEOUT", "1000")]);
    let (supervisor, workers) = (service.pid(), service.workers());
    // A request whose body does not come.
    let mut client = TcpStream::connect(service.address).unwrap();
    client.set_read_timeout(Some(TIME_LIMIT)).unwrap();
    let head = "POST /api/books HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\
                Content-Length: 9\r\nExpect: 100-continue\r\n\r\n";
    client.write_all(head.as_bytes()).unwrap();
    client.read_exact(&mut [0; 25]).unwrap();
    service.signal(Signal::TERM);
    until("the idle worker ends", || service.workers().len() == 1);
    assert!(is_running(supervisor));
    service.signal(Signal::TERM);
    assert_eq!(service.ended(), Some(1), "a request was cut");
    assert!(workers.iter().all(|worker| !is_running(*worker)));
    assert!(service.log().contains("the application did not end well"), "{}", service.log());
}

#[test]
fn signals_to_the_whole_group_are_one_signal() {
    let mut service = Service::start(&[("WORKERS", "2"), ("LAME_DUCK", "0.2")]);
    let supervisor = service.pid();
    for pid in service.workers().into_iter().chain([supervisor]) {
        send(pid, Signal::INT);
    }
    assert_eq!(service.ended(), Some(0), "{}", service.log());
}

#[test]
fn what_is_wrong_is_told_once_and_not_by_each_worker() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(
        &mut program(&[("ADDRESS", &address), ("WORKERS", "2"), ("PID_FILE", "/nowhere/at/all")]),
        b"",
    );
    assert_eq!(output.code, Some(1));
    assert_eq!(output.stderr.matches("the port is in use").count(), 1, "{}", output.stderr);
    assert_eq!(output.stderr.matches("PID_FILE").count(), 1, "{}", output.stderr);
}

#[test]
fn the_service_manager_is_told_of_the_start_and_of_the_process_that_follows() {
    for workers in WORKERS {
        let folder = Folder::new();
        let path = folder.path("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        manager.set_read_timeout(Some(TIME_LIMIT)).unwrap();
        let notify = path.to_str().unwrap();
        let variables = [("WORKERS", workers), ("NOTIFY_SOCKET", notify), ("LAME_DUCK", "0.2")];
        let mut service = Service::start(&variables);
        let told = || {
            let mut bytes = [0; 256];
            let count = manager.recv(&mut bytes).unwrap();
            String::from_utf8_lossy(&bytes[..count]).into_owned()
        };
        let first = service.pid();
        assert_eq!(told(), format!("READY=1\nMAINPID={first}\n"));
        service.restart();
        let second = service.pid();
        assert_eq!(told(), format!("READY=1\nMAINPID={second}\n"));
        assert_eq!(told(), format!("MAINPID={second}\n"));
        service.signal(Signal::TERM);
        assert_eq!(told(), "STOPPING=1\n");
        service.ended();
    }
}

#[test]
fn sockets_of_the_service_manager_are_served_over_restarts() {
    for workers in WORKERS {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        // LISTEN_PID is the process itself: the shell, which becomes the program.
        let script = "LISTEN_PID=$$ exec \"$0\" 3<&0 0</dev/null";
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", script, env!("CARGO_BIN_EXE_highper-demo")])
            .env_clear()
            .env("LISTEN_FDS", "1")
            .stdin(Stdio::from(OwnedFd::from(listener)));
        let variables = [("WORKERS", workers), ("LAME_DUCK", "0.2")];
        let service = Service::start_as(&mut command, &variables);
        drop(command);
        assert_eq!(service.address, address);
        for _ in 0..2 {
            assert!(serves(&service));
            service.restart();
        }
        assert!(serves(&service));
    }
}
