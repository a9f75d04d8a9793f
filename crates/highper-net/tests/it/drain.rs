//! A drain finishes what it can, cuts what it must, and always ends.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use highper_net::{Drain, Status, Stream, Topology};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Barrier, Notify},
};

use crate::support::{FOREVER, TOPOLOGIES, echo, loopback, ping, rest, run};

/// Reads a byte, is told of the drain, and only then answers.
async fn answers_after_the_start(mut stream: Stream, drain: Drain) {
    let mut byte = [0];
    stream.read_exact(&mut byte).await.unwrap();
    drain.started().await;
    assert!(drain.is_draining());
    stream.write_all(b"finished").await.unwrap();
}

#[tokio::test]
async fn what_is_in_flight_finishes_while_nobody_new_is_let_in() {
    for topology in TOPOLOGIES {
        let server = run(loopback().topology(topology), answers_after_the_start);
        let mut client = server.connect().await;
        client.write_all(b"x").await.unwrap();
        server.until(|handle| handle.connections() == 1).await;
        let (address, handle) = (server.address, server.handle.clone());
        handle.drain();
        handle.drain();
        let summary = server.ended().await.unwrap();
        assert_eq!((summary.accepted, summary.cut_at_deadline), (1, 0));
        assert_eq!(rest(&mut client).await.unwrap(), b"finished");
        assert_eq!(handle.status(), Status::Stopped);
        assert!(TcpStream::connect(address).await.is_err());
    }
}

#[tokio::test]
async fn clients_already_in_the_backlog_are_still_served() {
    for topology in TOPOLOGIES {
        // They connect and ask before the server runs; the drain comes before it could accept.
        let server = loopback().topology(topology).build().unwrap();
        let mut clients = Vec::new();
        for _ in 0..50 {
            let mut client = TcpStream::connect(server.local_addrs()[0]).await.unwrap();
            client.write_all(b"x").await.unwrap();
            clients.push(client);
        }
        server.handle().drain();
        let summary = server.run(answers_after_the_start).await.unwrap();
        assert_eq!((summary.accepted, summary.cut_at_deadline), (50, 0));
        for mut client in clients {
            assert_eq!(rest(&mut client).await.unwrap(), b"finished");
        }
    }
}

#[tokio::test]
async fn the_deadline_cuts_and_counts_what_is_left() {
    for topology in TOPOLOGIES {
        let stubborn = |stream: Stream, _: Drain| echo(stream, Drain::never());
        let builder = loopback().topology(topology).drain_timeout(Duration::from_millis(100));
        let server = run(builder, stubborn);
        let mut clients = Vec::new();
        for _ in 0..3 {
            let mut client = server.connect().await;
            ping(&mut client).await.unwrap();
            clients.push(client);
        }
        let summary = server.drained().await;
        assert_eq!((summary.accepted, summary.cut_at_deadline), (3, 3));
        for mut client in clients {
            assert!(rest(&mut client).await.is_ok_and(|bytes| bytes.is_empty()));
        }
    }
}

#[tokio::test]
async fn stop_ends_at_once_also_during_a_drain() {
    for topology in TOPOLOGIES {
        let stubborn = |stream: Stream, _: Drain| echo(stream, Drain::never());
        let server = run(loopback().topology(topology).drain_timeout(FOREVER * 100), stubborn);
        let mut client = server.connect().await;
        ping(&mut client).await.unwrap();
        server.handle.drain();
        server.until(|handle| handle.status() == Status::Stopping).await;
        ping(&mut client).await.unwrap();
        server.handle.stop();
        assert_eq!(server.ended().await.unwrap().cut_at_deadline, 1);
        assert!(rest(&mut client).await.is_ok_and(|bytes| bytes.is_empty()));
    }
}

#[tokio::test]
async fn dropping_run_ends_the_workers_and_their_connections() {
    for topology in TOPOLOGIES {
        let server = loopback().topology(topology).build().unwrap();
        let (address, handle) = (server.local_addrs()[0], server.handle());
        let mut client = TcpStream::connect(address).await.unwrap();
        tokio::select! {
            _ = server.run(echo) => panic!("nobody told it to end"),
            answer = ping(&mut client) => answer.unwrap(),
        }
        assert_eq!(handle.status(), Status::Stopped);
        assert!(rest(&mut client).await.is_ok_and(|bytes| bytes.is_empty()));
    }
}

#[tokio::test]
async fn a_connection_that_blocks_its_worker_cannot_keep_the_server_from_ending() {
    let blocked = Arc::new(Notify::new());
    let (telling, asked) = (Arc::clone(&blocked), Duration::from_millis(100));
    let blocking = move |_: Stream, _: Drain| {
        let telling = Arc::clone(&telling);
        async move {
            telling.notify_one();
            thread::sleep(Duration::from_secs(5));
        }
    };
    let topology = Topology::PerCore { workers: 1 };
    let server = run(loopback().topology(topology).drain_timeout(asked), blocking);
    let _client = server.connect().await;
    blocked.notified().await;
    let start = Instant::now();
    assert_eq!(server.drained().await.cut_at_deadline, 1);
    assert!(start.elapsed() < asked + Duration::from_secs(1), "{:?}", start.elapsed());
}

#[tokio::test]
async fn an_idle_worker_does_not_wait_for_the_deadline() {
    let all_in = Arc::new(Barrier::new(2));
    let meeting = Arc::clone(&all_in);
    let service = move |stream: Stream, drain: Drain| {
        let meeting = Arc::clone(&meeting);
        async move {
            meeting.wait().await;
            echo(stream, drain).await;
        }
    };
    let server = run(loopback().drain_timeout(FOREVER * 100), service);
    let _client = server.connect().await;
    all_in.wait().await;
    assert_eq!(server.drained().await.cut_at_deadline, 0);
}
