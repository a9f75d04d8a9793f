//! The bookshop, running on a port of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};

use crate::command::{TIME_LIMIT, drain, ending};

/// The bookshop; it ends with the test.
pub(crate) struct Demo {
    pub(crate) address: SocketAddr,
    child: Child,
    stderr: Receiver<Vec<u8>>,
}

/// The program, with these variables and no others.
pub(crate) fn program(variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_highper-demo"));
    command.env_clear().envs(variables.iter().copied());
    command
}

impl Demo {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// Starts with more variables, and waits for the line that tells the address.
    pub(crate) fn with(variables: &[(&str, &str)]) -> Self {
        let mut child =
            program(&[("ADDRESS", "127.0.0.1:0"), ("WORKER_THREADS", "2"), ("LOG_LEVEL", "error")])
                .envs(variables.iter().copied())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
        let stderr = drain(child.stderr.take().unwrap());
        let lines = lines(child.stdout.take().unwrap());
        let Ok(line) = lines.recv_timeout(TIME_LIMIT) else {
            let _ = child.kill();
            let said = ending(&stderr, &mut child, "highper-demo");
            panic!("the demo told no address: {}", String::from_utf8_lossy(&said))
        };
        let (_, rest) = line.split_once("http://").expect(&line);
        let (address, _) = rest.split_once('/').expect(&line);
        Self { address: address.parse().expect(&line), child, stderr }
    }

    /// One after the other, each with another HTTP/1 engine, whose name a failure shows.
    #[allow(clippy::print_stderr, reason = "it is shown where the test fails")]
    pub(crate) fn on_each_engine(variables: &[(&str, &str)]) -> impl Iterator<Item = Self> {
        ["native", "hyper"].into_iter().map(move |engine| {
            eprintln!("on the engine {engine}");
            Self::with(&[variables, &[("HTTP1_ENGINE", engine)]].concat())
        })
    }

    pub(crate) fn url(&self, target: &str) -> String {
        format!("http://{}{target}", self.address)
    }

    /// A raw connection; reading ends with an error when nothing comes.
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(TIME_LIMIT)).unwrap();
        stream
    }

    /// Sends bytes in one write and reads until the server ends the connection.
    pub(crate) fn exchange(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect();
        stream.write_all(bytes.as_ref()).unwrap();
        let mut got = Vec::new();
        stream.read_to_end(&mut got).expect("the server ends the connection");
        String::from_utf8_lossy(&got).into_owned()
    }

    /// Sends SIGTERM.
    pub(crate) fn signal(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
    }

    /// Sends SIGTERM and waits for the end.
    pub(crate) fn terminate(self) -> (Option<i32>, String) {
        self.signal();
        self.ended()
    }

    /// Waits for the end: the exit code, and what standard error says.
    pub(crate) fn ended(mut self) -> (Option<i32>, String) {
        let said = ending(&self.stderr, &mut self.child, "highper-demo");
        let code = self.child.wait().unwrap().code();
        (code, String::from_utf8_lossy(&said).into_owned())
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = sync_channel(1);
    thread::spawn(move || {
        BufReader::new(pipe).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
    });
    receiver
}
