//! A server that runs out of descriptors waits without spinning and goes on afterwards.

use std::{
    env, fs,
    io::{BufRead, BufReader, Lines, Read, Write},
    net::TcpStream,
    process::{Child, ChildStdout, Command, Stdio},
    thread,
    time::Duration,
};

use highper_net::{Server, Topology};

use crate::support::echo;

const LIMIT: usize = 40;

#[test]
fn without_descriptors_accepting_pauses_and_goes_on_when_there_are_some() {
    let mut server = Starved::start();
    let mut clients = Vec::new();
    loop {
        let mut client = TcpStream::connect(&server.address).unwrap();
        let answered = ping(&mut client);
        clients.push(client);
        if !answered {
            break;
        }
        assert!(clients.len() < LIMIT, "more connections than descriptors");
    }
    assert!(clients.len() > LIMIT / 2, "starved after {} already", clients.len());
    for _ in 0..20 {
        clients.push(TcpStream::connect(&server.address).unwrap());
    }

    let before = server.cpu_ticks();
    thread::sleep(Duration::from_secs(1));
    // A tick is 10 ms: 5 of them in a second are 5 %.
    assert!(server.cpu_ticks() - before <= 5, "the accept loop spins");

    let mut first = clients.swap_remove(0);
    assert!(ping(&mut first), "those already there are served on");
    drop((first, clients));
    for attempt in 0..20 {
        let mut client = TcpStream::connect(&server.address).unwrap();
        client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        client.write_all(b"x").unwrap();
        client.read_exact(&mut [0]).unwrap_or_else(|error| panic!("{attempt}: {error}"));
    }
    server.end();
}

/// Not a test of its own: the server of the one above, in a process with few descriptors.
#[tokio::test]
#[ignore = "started by the test above"]
async fn starved_server() {
    let topology = Topology::PerCore { workers: 1 };
    let server = Server::builder().listen("127.0.0.1:0").topology(topology).build().unwrap();
    let handle = server.handle();
    println!("address {}", server.local_addrs()[0]);
    // Until the parent closes our standard input.
    thread::spawn(move || {
        let _ = std::io::stdin().read(&mut [0]);
        handle.drain();
    });
    server.run(echo).await.unwrap();
}

struct Starved {
    child: Child,
    /// Kept open: the child's harness writes its result at the end.
    _output: Lines<BufReader<ChildStdout>>,
    address: String,
}

impl Starved {
    fn start() -> Self {
        let mut child = Command::new("sh")
            .args(["-c", &format!("ulimit -n {LIMIT}; exec \"$0\" \"$@\"")])
            .arg(env::current_exe().unwrap())
            .args(["--exact", "descriptors::starved_server", "--ignored", "--nocapture"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        // The harness may write its own words before ours, on the same line.
        let address = output
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.split_once("address ").map(|(_, address)| address.to_owned()))
            .expect("the server starts");
        Self { child, _output: output, address }
    }

    /// User and system time used, in ticks of 10 ms: fields 14 and 15 of proc_pid_stat(5).
    fn cpu_ticks(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let after_name = stat.rsplit(')').next().unwrap();
        after_name.split_whitespace().skip(11).take(2).map(|n| n.parse::<u64>().unwrap()).sum()
    }

    fn end(&mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Starved {
    fn drop(&mut self) {
        // Ended already when the test has passed.
        let _ = self.child.kill();
    }
}

/// Is the client answered soon?
fn ping(client: &mut TcpStream) -> bool {
    client.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    client.write_all(b"x").unwrap();
    client.read_exact(&mut [0]).is_ok()
}
