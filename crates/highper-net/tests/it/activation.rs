//! Sockets that a service manager has opened: the server is a process that inherits them.

use std::{
    env,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream, UdpSocket},
    os::fd::OwnedFd,
    process::{Command, Stdio},
};

use highper_net::{Server, Topology};

use crate::support::echo;

/// Starts the process below as a service manager does, with one descriptor, number 3.
fn activate(socket: OwnedFd, address: &str) -> Command {
    // LISTEN_PID is the process itself: the shell, which becomes the program.
    let script = "LISTEN_PID=$$ exec \"$0\" \"$@\" 3<&0 0</dev/null";
    let mut command = Command::new("sh");
    command
        .args(["-c", script])
        .arg(env::current_exe().unwrap())
        .args(["--exact", "activation::activated_server", "--ignored", "--nocapture"])
        .envs([("LISTEN_FDS", "1"), ("LISTEN_FDNAMES", "web"), ("TEST_ADDRESS", address)])
        .stdin(Stdio::from(socket))
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// Not a test of its own: the server of those below.
#[tokio::test]
#[ignore = "started by the tests below"]
async fn activated_server() {
    let address = env::var("TEST_ADDRESS").unwrap();
    let builder = Server::builder().topology(Topology::PerCore { workers: 3 });
    match builder.listen(address.as_str()).build() {
        Ok(server) => {
            println!("told listening {}", server.endpoints()[0]);
            let again = Server::builder().listen(address.as_str()).build().unwrap_err();
            println!("told {again}");
            server.run(echo).await.unwrap();
        }
        Err(error) => println!("told {error}"),
    }
}

/// What the process tells, line by line.
fn told(output: impl Read) -> impl Iterator<Item = String> {
    // The harness may write its own words before ours, on the same line.
    BufReader::new(output)
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| line.split_once("told ").map(|(_, told)| told.to_owned()))
}

#[test]
fn a_socket_of_the_service_manager_is_served_by_all_workers() {
    for address in ["systemd", "systemd:web", "fd:3"] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let bound = listener.local_addr().unwrap();
        let mut child = activate(listener.into(), address).spawn().unwrap();
        let mut told = told(child.stdout.take().unwrap());
        assert_eq!(told.next().unwrap(), format!("listening {bound}"));
        let again = told.next().unwrap();
        assert!(again.contains("taken already"), "{again}");
        for _ in 0..8 {
            let mut client = TcpStream::connect(bound).unwrap();
            client.write_all(b"x").unwrap();
            client.read_exact(&mut [0]).unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn a_descriptor_that_is_no_listening_stream_socket_is_named() {
    let datagram = UdpSocket::bind("127.0.0.1:0").unwrap().into();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let connected = TcpStream::connect(listener.local_addr().unwrap()).unwrap().into();
    let null = std::fs::File::open("/dev/null").unwrap().into();
    for (socket, address, needle) in [
        (datagram, "systemd", "descriptor 3 (web) is not a TCP or Unix stream socket"),
        (connected, "fd:3", "cannot listen on fd:3: it does not listen"),
        (null, "systemd:web", "descriptor 3 (web) is not a TCP or Unix stream socket"),
        (listener.into(), "systemd:admin", "it is none of the sockets that were handed over"),
    ] {
        let mut child = activate(socket, address).spawn().unwrap();
        let line = told(child.stdout.take().unwrap()).next().unwrap();
        assert!(line.contains(needle), "{line}");
        child.wait().unwrap();
    }
}

#[test]
fn a_process_that_inherits_nothing_says_so() {
    for address in ["systemd", "fd:3", "systemd:web"] {
        let error = Server::builder().listen(address).build().unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with(&format!("cannot listen on {address}: no socket")), "{text}");
    }
}
