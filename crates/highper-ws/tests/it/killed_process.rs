//! What a process that was killed leaves behind it.

use std::process::{Command, Stdio};
use std::time::Duration;

use highper_ws::{Channels, RedisBroadcaster};

use crate::broadcasters::{clients, counted, redis_url};
use crate::support::{Process, Running};

/// Not a test of its own: the process that the next one kills. It is in a channel until then.
#[tokio::test]
#[ignore = "runs until it is killed"]
async fn a_process_that_is_in_a_channel() {
    let redis = RedisBroadcaster::open(&redis_url()).unwrap();
    let channels = Channels::with_broadcaster(redis.prefix(&std::env::var(PREFIX).unwrap()));
    let server = Running::start();
    let (_clients, [sender]) = clients(&server).await;
    let _room = channels.unwrap().join("books", &sender).unwrap();
    std::future::pending().await
}

const PREFIX: &str = "HIGHPER_TEST_PREFIX";

#[tokio::test]
async fn who_was_in_a_process_that_is_killed_is_soon_counted_no_more() {
    let prefix = format!("killed-{}", std::process::id());
    let redis = RedisBroadcaster::open(&redis_url()).unwrap();
    let here = Channels::with_broadcaster(redis.prefix(&prefix)).unwrap();
    let process = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "killed_process::a_process_that_is_in_a_channel"])
        .env(PREFIX, &prefix)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let process = Process(process);
    counted(&here, "books", 1).await;
    // Longer than it would be counted if it did not say that it is alive.
    tokio::time::sleep(Duration::from_secs(12)).await;
    assert_eq!(here.count("books").await.unwrap(), 1);
    drop(process);
    assert_eq!(here.count("books").await.unwrap(), 1);
    counted(&here, "books", 0).await;
}
