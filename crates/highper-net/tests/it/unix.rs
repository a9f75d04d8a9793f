//! Unix sockets, and several kinds of listeners at once.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process,
};

use highper_net::{Drain, Server, ServerBuilder, Status, Stream, Topology};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UnixStream},
    time::timeout,
};

use crate::support::{FOREVER, TOPOLOGIES, echo, loopback, ping, run};

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("highper-net-{name}-{}", process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn socket(&self) -> PathBuf {
        self.0.join("app.sock")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn address(path: &Path) -> String {
    format!("unix:{}", path.display())
}

async fn ping_unix(client: &mut UnixStream) {
    client.write_all(b"x").await.unwrap();
    let mut answer = [0];
    timeout(FOREVER, client.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!(&answer, b"x");
}

#[tokio::test]
async fn unix_and_tcp_are_served_side_by_side_by_every_topology() {
    for topology in TOPOLOGIES {
        let folder = Folder::new("both");
        let builder = loopback().listen(address(&folder.socket())).topology(topology);
        let server = run(builder, echo);
        let mut unix = Vec::new();
        for _ in 0..8 {
            let mut client = UnixStream::connect(folder.socket()).await.unwrap();
            ping_unix(&mut client).await;
            unix.push(client);
        }
        ping(&mut TcpStream::connect(server.address).await.unwrap()).await.unwrap();
        drop(unix);
        let summary = server.drained().await;
        assert_eq!((summary.accepted, summary.cut_at_deadline), (9, 0));
        assert!(!folder.socket().exists(), "the file goes with the server");
    }
}

#[tokio::test]
async fn a_unix_peer_is_this_machine_and_not_limited_by_its_address() {
    async fn tell(mut stream: Stream, _: Drain) {
        let told = format!("{} {}", stream.peer_addr(), stream.local_addr());
        stream.write_all(told.as_bytes()).await.unwrap();
    }
    let folder = Folder::new("peer");
    let builder = Server::builder().listen(address(&folder.socket()));
    let server = builder.max_connections_per_ip(Some(1)).build().unwrap();
    assert!(server.local_addrs().is_empty());
    assert_eq!(server.endpoints()[0].to_string(), address(&folder.socket()));
    let running = tokio::spawn(server.run(tell));
    let mut clients = [
        UnixStream::connect(folder.socket()).await.unwrap(),
        UnixStream::connect(folder.socket()).await.unwrap(),
    ];
    for client in &mut clients {
        let mut told = String::new();
        timeout(FOREVER, client.read_to_string(&mut told)).await.unwrap().unwrap();
        assert_eq!(told, "127.0.0.1:0 127.0.0.1:0");
    }
    running.abort();
}

#[test]
fn a_unix_socket_in_use_is_named_and_its_mode_can_be_chosen() {
    let folder = Folder::new("used");
    let builder = || Server::builder().listen(address(&folder.socket())).unix_mode(0o600);
    let server = builder().build().unwrap();
    let mode = fs::metadata(folder.socket()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let error = builder().build().unwrap_err();
    assert!(error.is_address_in_use() && error.to_string().contains("app.sock"), "{error}");
    let handle = server.handle();
    drop(server);
    assert_eq!(handle.status(), Status::Stopped);
    builder().build().unwrap();
}

#[test]
fn problems_of_unix_sockets_are_told_with_all_others() {
    let error = Server::builder()
        .listen("unix:/nowhere/at/all/app.sock")
        .listen("unix:")
        .listen("unix:@highper-twice")
        .listen("unix:@highper-twice")
        .unix_mode(0o4777)
        .build()
        .unwrap_err();
    let text = error.to_string();
    assert_eq!(text.lines().count(), 4, "{text}");
    for needle in ["no folder `/nowhere/at/all`", "\"unix:\"", "@highper-twice twice", "unix_mode"]
    {
        assert!(text.contains(needle), "{text}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_abstract_name_needs_no_file() {
    use std::os::{linux::net::SocketAddrExt, unix::net::SocketAddr};

    let name = format!("highper-net-{}", process::id());
    let server = Server::builder().listen(format!("unix:@{name}")).build().unwrap();
    let running = tokio::spawn(server.run(echo));
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let client = std::os::unix::net::UnixStream::connect_addr(&address).unwrap();
    client.set_nonblocking(true).unwrap();
    ping_unix(&mut UnixStream::from_std(client).unwrap()).await;
    running.abort();
}

#[tokio::test]
async fn sockets_are_handed_on_without_losing_who_waits() {
    let folder = Folder::new("handed");
    let builder = |workers| {
        let topology = Topology::PerCore { workers };
        Server::builder().listen("127.0.0.1:0").listen(address(&folder.socket())).topology(topology)
    };
    let old = builder(3).build().unwrap();
    let tcp = old.local_addrs()[0];
    let mut waiting = Vec::new();
    for _ in 0..12 {
        waiting.push(TcpStream::connect(tcp).await.unwrap());
    }
    let mut unix = UnixStream::connect(folder.socket()).await.unwrap();
    let handed = old.listeners().unwrap();
    handed.own_files(false);
    // Fewer workers than sockets, and more.
    let adopt = |to: ServerBuilder| {
        let shared = handed.share(0, 1).unwrap();
        shared.into_iter().fold(to, |to, (address, sockets)| to.adopt(address, sockets))
    };
    let new = adopt(builder(2)).build().unwrap();
    assert_eq!(new.local_addrs(), [tcp]);
    let other = adopt(builder(5)).build().unwrap();
    assert_eq!(other.local_addrs(), [tcp]);
    drop((old, other, handed));
    let running = tokio::spawn(new.run(echo));
    for client in &mut waiting {
        timeout(FOREVER, ping(client)).await.unwrap().unwrap();
    }
    ping_unix(&mut unix).await;
    running.abort();
    let _ = running.await;
    assert!(folder.socket().exists(), "a process that does not own the file leaves it");
}

#[test]
fn what_is_handed_over_and_not_listed_is_closed() {
    let old = loopback().build().unwrap();
    let shared = old.listeners().unwrap().share(0, 1).unwrap();
    let tcp = old.local_addrs()[0];
    drop(old);
    let (address, sockets) = shared.into_iter().next().unwrap();
    let _new = Server::builder().adopt(address, sockets).listen("[::1]:0").build();
    std::net::TcpStream::connect(tcp).unwrap_err();
}

#[test]
fn a_share_of_every_address_falls_to_every_process() {
    let folder = Folder::new("share");
    let builder = Server::builder()
        .topology(Topology::PerCore { workers: 2 })
        .listen("127.0.0.1:0")
        .listen(address(&folder.socket()));
    let listeners = builder.bind(3).unwrap();
    let counts: Vec<Vec<usize>> = (0..3)
        .map(|index| {
            let shared = listeners.share(index, 3).unwrap();
            shared.iter().map(|(_, sockets)| sockets.len()).collect()
        })
        .collect();
    assert_eq!(counts, [[2, 1], [2, 1], [2, 1]]);
}
