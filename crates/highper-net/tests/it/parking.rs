//! A protocol of one's own that parks, over both topologies.

use std::{future::poll_fn, task::Poll, time::Duration};

use highper_net::{Drain, ParkedTimeouts, Parking, Parks, Stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{FOREVER, TOPOLOGIES, loopback, ping, run};

/// Echoes, and leaves the connection to the reactor when asked to.
async fn echo(mut stream: Stream, _: Drain) {
    let mut bytes = [0; 64];
    loop {
        let read = poll_fn(|cx| match stream.poll_read(cx, &mut bytes) {
            Poll::Pending if stream.is_park_wanted() => Poll::Ready(None),
            read => read.map(Some),
        });
        match read.await {
            None => return stream.park_used(),
            Some(Ok(count @ 1..)) if stream.write_all(&bytes[..count]).await.is_ok() => {}
            Some(_) => return,
        }
    }
}

fn parks(first_byte: Duration, idle: Duration) -> Parks<impl highper_net::Serve> {
    Parks::new(echo, ParkedTimeouts { first_byte, idle })
}

const EAGER: Parking =
    Parking { quiet_time: Duration::from_millis(10), max_hot: 1, max_parked: 1000 };

#[tokio::test]
async fn connections_park_and_come_back_on_both_topologies() {
    for topology in TOPOLOGIES {
        let server = run(loopback().topology(topology).parking(EAGER), parks(FOREVER, FOREVER));
        let mut clients = Vec::new();
        for _ in 0..20 {
            clients.push(server.connect().await);
        }
        for _ in 0..3 {
            server.until(|handle| handle.metrics().parked == 20).await;
            for client in &mut clients {
                ping(client).await.unwrap();
            }
        }
        let metrics = server.handle.metrics();
        assert_eq!((metrics.connections, metrics.accepted), (20, 20));
        assert!(metrics.wakes >= 60, "{metrics:?}");
        // Quiet ones end with the drain, parked or not.
        assert_eq!(server.drained().await.cut_at_deadline, 0);
    }
}

#[tokio::test]
async fn beyond_the_parked_that_may_be_connections_are_closed_when_they_would_park() {
    let parking = Parking { max_parked: 2, ..EAGER };
    let server = run(
        loopback().topology(highper_net::Topology::PerCore { workers: 1 }).parking(parking),
        parks(FOREVER, FOREVER),
    );
    let mut clients = Vec::new();
    for _ in 0..4 {
        let mut client = server.connect().await;
        ping(&mut client).await.unwrap();
        clients.push(client);
    }
    server.until(|handle| handle.connections() == 2).await;
    assert_eq!(server.handle.metrics().parked, 2);
    server.drained().await;
}

#[tokio::test]
async fn who_never_speaks_is_closed_sooner_than_who_has_spoken() {
    let server = run(loopback().parking(EAGER), parks(Duration::from_millis(100), FOREVER));
    let mut silent = server.connect().await;
    let mut spoken = server.connect().await;
    ping(&mut spoken).await.unwrap();
    assert_eq!(silent.read(&mut [0]).await.unwrap(), 0);
    ping(&mut spoken).await.unwrap();
    server.drained().await;
}

#[tokio::test]
async fn without_parking_the_service_has_its_connections_from_the_beginning() {
    let server = run(loopback().parking(None), parks(FOREVER, FOREVER));
    let mut client = server.connect().await;
    ping(&mut client).await.unwrap();
    let metrics = server.handle.metrics();
    assert_eq!((metrics.wakes, metrics.parked, metrics.active), (0, 0, 1));
    drop(client);
    server.until(|handle| handle.connections() == 0).await;
    server.drained().await;
}
