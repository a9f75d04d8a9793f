//! What the tests share: an echo service, and a server that runs beside the test.

use std::{net::SocketAddr, time::Duration};

use highper_net::{Drain, Error, Handle, Serve, Server, ServerBuilder, Stream, Summary, Topology};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::{JoinHandle, yield_now},
    time::timeout,
};

pub(crate) const TOPOLOGIES: [Topology; 2] =
    [Topology::PerCore { workers: 2 }, Topology::WorkStealing { workers: 2 }];

/// Longer than anything here takes: it turns a hang into a failure.
pub(crate) const FOREVER: Duration = Duration::from_secs(20);

/// Answers what it reads until the peer has finished; idle when the drain starts, it goes.
pub(crate) async fn echo(mut stream: Stream, drain: Drain) {
    let mut bytes = [0; 1024];
    loop {
        let read = tokio::select! {
            read = stream.read(&mut bytes) => read,
            () = drain.ending() => return,
        };
        let Ok(count @ 1..) = read else { return };
        if stream.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) handle: Handle,
    task: JoinHandle<Result<Summary, Error>>,
}

pub(crate) fn loopback() -> ServerBuilder {
    Server::builder().listen("127.0.0.1:0")
}

pub(crate) fn run(builder: ServerBuilder, service: impl Serve) -> Running {
    let server = builder.build().unwrap();
    let (address, handle) = (server.local_addrs()[0], server.handle());
    Running { address, handle, task: tokio::spawn(server.run(service)) }
}

impl Running {
    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Waits for the end that `handle` was told to bring about.
    pub(crate) async fn ended(self) -> Result<Summary, Error> {
        timeout(FOREVER, self.task).await.expect("the server ends").unwrap()
    }

    pub(crate) async fn drained(self) -> Summary {
        self.handle.drain();
        self.ended().await.unwrap()
    }

    pub(crate) async fn until(&self, condition: impl Fn(&Handle) -> bool) {
        let wait = async {
            while !condition(&self.handle) {
                yield_now().await;
            }
        };
        timeout(FOREVER, wait).await.expect("the condition comes true");
    }
}

/// Sends a byte and waits for its echo.
pub(crate) async fn ping(client: &mut TcpStream) -> std::io::Result<()> {
    client.write_all(b"x").await?;
    let mut answer = [0];
    client.read_exact(&mut answer).await?;
    assert_eq!(&answer, b"x");
    Ok(())
}

/// Reads to the end: what came, or that the connection was reset.
pub(crate) async fn rest(client: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    timeout(FOREVER, client.read_to_end(&mut bytes)).await.expect("the connection ends")?;
    Ok(bytes)
}
