//! Connections are served, on every worker, and one cannot hurt another.

use std::{
    collections::HashSet,
    future::poll_fn,
    io::IoSlice,
    sync::{Arc, Mutex},
    thread,
};

use highper_net::{Drain, Server, Status, Stream, Topology};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::support::{TOPOLOGIES, echo, loopback, ping, rest, run};

#[tokio::test]
async fn echo_over_both_topologies_and_several_addresses() {
    for topology in TOPOLOGIES {
        let server =
            Server::builder().listen("127.0.0.1:0").listen("127.0.0.1:0").topology(topology);
        let server = server.build().unwrap();
        let (addresses, handle) = (server.local_addrs().to_vec(), server.handle());
        assert_eq!(handle.status(), Status::Starting);
        let task = tokio::spawn(server.run(echo));
        for address in &addresses {
            for _ in 0..20 {
                let mut client = TcpStream::connect(address).await.unwrap();
                ping(&mut client).await.unwrap();
                client.shutdown().await.unwrap();
                assert!(rest(&mut client).await.unwrap().is_empty());
            }
        }
        assert_eq!(handle.status(), Status::Started);
        handle.drain();
        let summary = task.await.unwrap().unwrap();
        assert_eq!((summary.accepted, summary.cut_at_deadline), (40, 0));
        assert_eq!((handle.status(), handle.connections()), (Status::Stopped, 0));
    }
}

#[tokio::test]
async fn the_kernel_spreads_connections_over_the_workers_by_name() {
    let seen = Arc::new(Mutex::new(HashSet::new()));
    let noting = {
        let seen = Arc::clone(&seen);
        move |stream: Stream, drain: Drain| {
            let name = thread::current().name().map(str::to_owned);
            seen.lock().unwrap().insert(name.unwrap_or_default());
            echo(stream, drain)
        }
    };
    let server = run(loopback().topology(Topology::PerCore { workers: 2 }), noting);
    // 64 connections to one of two workers only: a chance of 2^-63.
    for _ in 0..64 {
        ping(&mut server.connect().await).await.unwrap();
    }
    server.drained().await;
    let seen: HashSet<_> = seen.lock().unwrap().drain().collect();
    assert_eq!(seen, HashSet::from(["highper-worker-0".into(), "highper-worker-1".into()]));
}

#[tokio::test]
async fn a_panic_ends_its_connection_and_nothing_else() {
    for topology in TOPOLOGIES {
        let hostile = |stream: Stream, drain: Drain| {
            assert!(stream.peer_addr().port() != 0);
            async move {
                let mut stream = stream;
                let mut first = [0];
                stream.read_exact(&mut first).await.unwrap();
                assert_ne!(&first, b"!", "on purpose");
                stream.write_all(&first).await.unwrap();
                echo(stream, drain).await;
            }
        };
        let server = run(loopback().topology(topology), hostile);
        let mut bystander = server.connect().await;
        ping(&mut bystander).await.unwrap();
        for _ in 0..20 {
            let mut client = server.connect().await;
            client.write_all(b"!").await.unwrap();
            assert!(rest(&mut client).await.is_ok_and(|bytes| bytes.is_empty()));
        }
        ping(&mut bystander).await.unwrap();
        server.until(|handle| handle.connections() == 1).await;
        assert_eq!(server.drained().await.accepted, 21);
    }
}

#[tokio::test]
async fn a_panic_before_the_future_is_made_does_not_end_the_accept_loop() {
    let calls = Mutex::new(0);
    let first_panics = move |stream: Stream, drain: Drain| {
        let call = {
            let mut calls = calls.lock().unwrap();
            *calls += 1;
            *calls
        };
        assert_ne!(call, 1, "on purpose");
        echo(stream, drain)
    };
    let server = run(loopback().topology(Topology::PerCore { workers: 1 }), first_panics);
    assert!(rest(&mut server.connect().await).await.unwrap().is_empty());
    ping(&mut server.connect().await).await.unwrap();
    server.drained().await;
}

#[tokio::test]
async fn addresses_are_those_of_the_connection_also_on_a_wildcard() {
    for listen in ["127.0.0.1:0", "0.0.0.0:0"] {
        let telling = |mut stream: Stream, _: Drain| async move {
            let text = format!("{} {}", stream.peer_addr(), stream.local_addr());
            stream.write_all(text.as_bytes()).await.unwrap();
        };
        let server = run(Server::builder().listen(listen), telling);
        let to = format!("127.0.0.1:{}", server.address.port());
        let mut client = TcpStream::connect(&to).await.unwrap();
        let told = String::from_utf8(rest(&mut client).await.unwrap()).unwrap();
        assert_eq!(told, format!("{} {to}", client.local_addr().unwrap()));
        server.drained().await;
    }
}

#[tokio::test]
async fn the_plain_methods_of_a_stream_read_write_and_shut_down() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (accepted, peer) = listener.accept().await.unwrap();
    let mut stream = Stream::adopt(accepted.into_std().unwrap()).unwrap();
    assert_eq!(stream.peer_addr(), peer);

    client.write_all(b"ask").await.unwrap();
    let mut bytes = [0; 8];
    assert_eq!(poll_fn(|cx| stream.poll_read(cx, &mut bytes)).await.unwrap(), 3);
    assert_eq!(&bytes[..3], b"ask");

    assert_eq!(poll_fn(|cx| stream.poll_write(cx, b"an")).await.unwrap(), 2);
    let parts = [IoSlice::new(b"sw"), IoSlice::new(b"er")];
    assert_eq!(poll_fn(|cx| stream.poll_write_vectored(cx, &parts)).await.unwrap(), 4);
    poll_fn(|cx| stream.poll_shutdown(cx)).await.unwrap();
    assert_eq!(rest(&mut client).await.unwrap(), b"answer");

    // Only the writing half is shut: reading goes on to the end of what the peer writes.
    client.write_all(b"more").await.unwrap();
    drop(client);
    assert_eq!(poll_fn(|cx| stream.poll_read(cx, &mut bytes)).await.unwrap(), 4);
    assert_eq!(poll_fn(|cx| stream.poll_read(cx, &mut bytes)).await.unwrap(), 0);
}
