//! Applications that are several processes: each is this program, at a test that is ignored otherwise.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use highper_app::{Application, Settings};
use rustix::process::{Pid, Signal, kill_process};

use crate::boot_errors::Closed;

/// Nothing here takes nearly as long.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// Starts this program at one of the tests that are ignored.
pub(crate) fn start(test: &str, variables: &[(&str, &str)]) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .envs(variables.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Not a test of its own: an application with a provider that does not start.
#[tokio::test]
#[ignore = "started by the test below"]
async fn closed_application() {
    let mut settings = Settings::default();
    (settings.workers, settings.addresses) = (2, vec!["127.0.0.1:0".to_owned()]);
    let application = Application::with_settings(settings).provider(Closed("front door"));
    println!("told {:?}", application.run().await.unwrap_err().to_string());
}

#[test]
fn workers_that_do_not_start_end_the_whole_with_their_reason() {
    let child = start("processes::closed_application", &[]);
    let output = child.wait_with_output().unwrap();
    let output = String::from_utf8_lossy(&output.stdout);
    let told = output.lines().find(|line| line.contains("5 times")).expect(&output);
    assert!(told.contains("the application cannot start: 1 problem"), "{told}");
    assert!(told.contains("provider front door: the door is locked"), "{told}");
}

/// Not a test of its own: an application whose workers and addresses stand in a file.
#[tokio::test]
#[ignore = "started by the test below"]
async fn moving_application() {
    let folder = PathBuf::from(env::var("TEST_FOLDER").unwrap());
    let text = fs::read_to_string(folder.join("settings")).unwrap();
    let mut lines = text.lines();
    let mut settings = Settings::default();
    settings.workers = lines.next().unwrap().parse().unwrap();
    settings.addresses = lines.map(str::to_owned).collect();
    settings.lame_duck = Duration::ZERO;
    settings.pid_file = Some(folder.join("pid"));
    Application::with_settings(settings)
        .on_listening(|addresses| println!("told {addresses:?}"))
        .run()
        .await
        .unwrap();
}

#[test]
fn at_a_restart_addresses_come_and_go_and_so_do_workers() {
    let folder = env::temp_dir().join(format!("highper-app-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let pid = || fs::read_to_string(folder.join("pid")).ok()?.trim().parse::<i32>().ok();
    fs::write(folder.join("settings"), "2\n127.0.0.1:0\n127.0.0.2:0\n").unwrap();
    let mut child =
        start("processes::moving_application", &[("TEST_FOLDER", folder.to_str().unwrap())]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut told = || lines.find_map(|line| addresses(&line)).expect("the addresses");
    let [stays, goes] = told();
    until("the first process serves", || pid().is_some());

    fs::write(folder.join("settings"), "0\n127.0.0.3:0\n127.0.0.1:0\n").unwrap();
    kill_process(Pid::from_child(&child), Signal::USR2).unwrap();
    let [comes, stayed] = told();
    assert_eq!(stayed, stays);
    until("the old process ends", || child.try_wait().unwrap().is_some());
    for address in [comes, stays] {
        TcpStream::connect(address).unwrap();
    }
    TcpStream::connect(goes).unwrap_err();

    let new = Pid::from_raw(pid().unwrap()).unwrap();
    kill_process(new, Signal::TERM).unwrap();
    until("the new process ends", || pid().is_none());
    fs::remove_dir_all(&folder).unwrap();
}

/// The addresses of a line that tells two of them.
fn addresses(line: &str) -> Option<[SocketAddr; 2]> {
    let (_, told) = line.split_once("told [")?;
    let (first, second) = told.strip_suffix(']')?.split_once(", ")?;
    Some([first.parse().ok()?, second.parse().ok()?])
}

#[track_caller]
fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < TIME_LIMIT, "not within {TIME_LIMIT:?}: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
