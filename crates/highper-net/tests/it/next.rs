//! Tasks that go on with another connection when theirs has parked.

use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::Poll,
    time::Duration,
};

use highper_net::{
    Drain, ParkedTimeouts, Parking, Parks, Serve, Stream, Topology, proxy_protocol::Trusted,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::support::{FOREVER, TOPOLOGIES, loopback, run};

const EAGER: Parking =
    Parking { quiet_time: Duration::from_millis(10), max_hot: 1, max_parked: 1000 };

/// Answers each byte with the peer's address in a line. True once it is asked to park.
async fn tell(stream: &mut Stream) -> bool {
    let mut byte = [0];
    loop {
        let read = poll_fn(|cx| match stream.poll_read(cx, &mut byte) {
            Poll::Pending if stream.is_park_wanted() => Poll::Ready(None),
            read => read.map(Some),
        });
        match read.await {
            None => return true,
            Some(Ok(1)) => {
                let line = format!("{} {}\n", stream.peer_addr(), char::from(byte[0]));
                stream.write_all(line.as_bytes()).await.unwrap();
            }
            Some(_) => return false,
        }
    }
}

/// Serves as many connections by a task as come to it; `tasks` is how many there have been. A task
/// waits for `patience`.
fn serves(tasks: &Arc<AtomicUsize>, patience: Duration) -> impl Serve + use<> {
    let tasks = Arc::clone(tasks);
    let serve = move |mut stream: Stream, _: Drain| {
        tasks.fetch_add(1, SeqCst);
        async move {
            while tell(&mut stream).await
                && timeout(patience, stream.park_for_next()).await.unwrap_or(false)
            {}
        }
    };
    Parks::new(serve, ParkedTimeouts { first_byte: FOREVER, idle: FOREVER })
}

async fn ask(client: &mut TcpStream, byte: u8) -> String {
    client.write_all(&[byte]).await.unwrap();
    let mut line = String::new();
    while !line.ends_with('\n') {
        line.push(char::from(client.read_u8().await.unwrap()));
    }
    line
}

#[tokio::test]
async fn one_task_serves_whoever_wakes_each_as_who_it_is() {
    for topology in TOPOLOGIES {
        let tasks = Arc::default();
        let server = run(loopback().topology(topology).parking(EAGER), serves(&tasks, FOREVER));
        let mut clients = Vec::new();
        for _ in 0..8 {
            clients.push(server.connect().await);
            server.until(|handle| handle.metrics().parked == clients.len()).await;
        }
        for byte in [b'a', b'b'] {
            for client in &mut clients {
                let own = client.local_addr().unwrap();
                assert_eq!(ask(client, byte).await, format!("{own} {}\n", char::from(byte)));
                server.until(|handle| handle.metrics().parked == 8).await;
            }
        }
        assert!(tasks.load(SeqCst) <= 2, "{tasks:?} tasks were made");
        // The task that waits ends with the drain.
        assert_eq!(server.drained().await.cut_at_deadline, 0);
    }
}

#[tokio::test]
async fn who_wakes_while_no_task_waits_has_a_new_one() {
    let topology = Topology::PerCore { workers: 1 };
    let tasks = Arc::default();
    let patience = Duration::from_millis(1);
    let server = run(loopback().topology(topology).parking(EAGER), serves(&tasks, patience));
    let mut client = server.connect().await;
    for count in 1..=3 {
        server.until(|handle| handle.metrics().parked == 1).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        let own = client.local_addr().unwrap();
        assert_eq!(ask(&mut client, b'x').await, format!("{own} x\n"));
        assert_eq!(tasks.load(SeqCst), count);
    }
    server.drained().await;
}

#[tokio::test]
async fn a_waiting_task_begins_with_a_proxys_connection_once_it_is_introduced() {
    let builder = loopback().parking(EAGER).topology(Topology::PerCore { workers: 1 });
    let tasks = Arc::default();
    let server = run(
        builder.proxy_protocol("127.0.0.0/8".parse::<Trusted>().unwrap()),
        serves(&tasks, FOREVER),
    );
    let mut clients = Vec::new();
    for number in 1..=3 {
        let mut client = server.connect().await;
        let header = format!("PROXY TCP4 192.0.2.{number} 198.51.100.1 5555 443\r\n");
        client.write_all(header.as_bytes()).await.unwrap();
        assert_eq!(ask(&mut client, b'a').await, format!("192.0.2.{number}:5555 a\n"));
        clients.push(client);
        server.until(|handle| handle.metrics().parked == number).await;
    }
    for (client, number) in clients.iter_mut().zip(1..) {
        assert_eq!(ask(client, b'b').await, format!("192.0.2.{number}:5555 b\n"));
        server.until(|handle| handle.metrics().parked == 3).await;
    }
    assert_eq!(tasks.load(SeqCst), 1);
    // One that does not introduce its client takes the task with it, and no more.
    let mut other = server.connect().await;
    other.write_all(b"x\r\n").await.unwrap();
    server.until(|handle| handle.metrics().refused_introductions == 1).await;
    assert_eq!(ask(&mut clients[0], b'c').await, "192.0.2.1:5555 c\n");
    assert_eq!(tasks.load(SeqCst), 2);
    server.drained().await;
}

#[tokio::test]
async fn a_stream_without_a_connection_says_so() {
    let serve = |mut stream: Stream, _: Drain| async move {
        if !tell(&mut stream).await {
            return;
        }
        let mut next = Box::pin(stream.park_for_next());
        assert!(poll_fn(|cx| Poll::Ready(next.as_mut().poll(cx).is_pending())).await);
        drop(next);
        let read = poll_fn(|cx| stream.poll_read(cx, &mut [0; 8])).await;
        assert_eq!(read.unwrap_err().kind(), std::io::ErrorKind::NotConnected);
        let written = poll_fn(|cx| stream.poll_write(cx, b"x")).await;
        assert_eq!(written.unwrap_err().kind(), std::io::ErrorKind::NotConnected);
        // Waiting goes on where it was left.
        while stream.park_for_next().await && tell(&mut stream).await {}
    };
    let serve = Parks::new(serve, ParkedTimeouts { first_byte: FOREVER, idle: FOREVER });
    let server = run(loopback().parking(EAGER).topology(Topology::PerCore { workers: 1 }), serve);
    let mut client = server.connect().await;
    let own = client.local_addr().unwrap();
    for byte in [b'1', b'2', b'3'] {
        assert_eq!(ask(&mut client, byte).await, format!("{own} {}\n", char::from(byte)));
        server.until(|handle| handle.metrics().parked == 1).await;
    }
    server.drained().await;
}
