//! Bounds hold exactly, and pressure goes back to the clients.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use highper_net::{Drain, Stream, Topology};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    task::JoinSet,
    time::timeout,
};

use crate::support::{TOPOLOGIES, echo, loopback, ping, run};

#[tokio::test]
async fn at_the_limit_clients_wait_and_are_served_when_there_is_room() {
    for topology in TOPOLOGIES {
        let server = run(loopback().topology(topology).max_connections(2), echo);
        let mut held = vec![server.connect().await, server.connect().await];
        for client in &mut held {
            ping(client).await.unwrap();
        }
        let mut waiting = server.connect().await;
        waiting.write_all(b"x").await.unwrap();
        let mut answer = [0];
        let early = timeout(Duration::from_millis(100), waiting.read_exact(&mut answer)).await;
        assert!(early.is_err(), "a third connection was let in");
        assert_eq!(server.handle.connections(), 2);

        held.pop();
        waiting.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"x");
        let summary = server.drained().await;
        assert_eq!((summary.accepted, summary.refused_per_ip), (3, 0));
    }
}

/// Also with fewer places than listeners: an idle listener must not sit on the last place.
#[tokio::test]
async fn the_limit_is_never_passed_and_nobody_is_forgotten() {
    for max in [1, 3] {
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let counting = {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            move |mut stream: Stream, _: Drain| {
                let (now, most) = (Arc::clone(&now), Arc::clone(&most));
                async move {
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    let mut byte = [0];
                    stream.read_exact(&mut byte).await.unwrap();
                    stream.write_all(&byte).await.unwrap();
                    now.fetch_sub(1, Ordering::SeqCst);
                }
            }
        };
        let topology = Topology::PerCore { workers: 4 };
        let server = run(loopback().topology(topology).max_connections(max), counting);
        let mut clients = JoinSet::new();
        for _ in 0..100 {
            let mut client = server.connect().await;
            clients.spawn(async move { ping(&mut client).await });
        }
        for answer in clients.join_all().await {
            answer.unwrap();
        }
        assert!((1..=max).contains(&most.load(Ordering::SeqCst)));
        assert_eq!(server.drained().await.accepted, 100);
    }
}

#[tokio::test]
async fn loopback_is_exempt_from_the_limit_per_ip() {
    let server = run(loopback().max_connections_per_ip(Some(1)), echo);
    let mut clients = [server.connect().await, server.connect().await, server.connect().await];
    for client in &mut clients {
        ping(client).await.unwrap();
    }
    let summary = server.drained().await;
    assert_eq!((summary.accepted, summary.refused_per_ip), (3, 0));
}

#[tokio::test]
async fn at_the_limit_of_a_worker_its_clients_wait_though_the_server_has_room() {
    for (topology, places) in
        [(Topology::PerCore { workers: 1 }, 2), (Topology::WorkStealing { workers: 2 }, 4)]
    {
        let builder = loopback().topology(topology).max_connections_per_worker(Some(2));
        let server = run(builder, echo);
        let mut held = Vec::new();
        for _ in 0..places {
            let mut client = server.connect().await;
            ping(&mut client).await.unwrap();
            held.push(client);
        }
        let mut waiting = server.connect().await;
        waiting.write_all(b"x").await.unwrap();
        server.until(|handle| handle.metrics().accept_pauses > 0).await;
        assert_eq!(server.handle.connections(), places);

        held.pop();
        let mut answer = [0];
        waiting.read_exact(&mut answer).await.unwrap();
        assert_eq!(server.drained().await.accepted, places as u64 + 1);
    }
}
