//! What is wrong is said before anything is served, all at once.

use std::{net::TcpListener, time::Duration};

use highper_net::{Server, Status, Topology};

use crate::support::{TOPOLOGIES, echo, loopback};

#[test]
fn every_problem_is_reported_at_once_and_nothing_stays_bound() {
    for topology in TOPOLOGIES {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let taken = (taken.local_addr().unwrap(), taken);
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let error = Server::builder()
            .topology(topology)
            .listen(free)
            .listen("localhost:80800")
            .listen(taken.0)
            .listen(free)
            .listen("192.0.2.1:8080")
            .max_connections(0)
            .build()
            .unwrap_err();
        assert!(error.is_address_in_use() && error.is_invalid_address());
        let text = error.to_string();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 5, "{text}");
        for (needle, remedy) in [
            ("\"localhost:80800\"", "write IP:PORT"),
            (taken.0.to_string().as_str(), "choose another port"),
            (free.to_string().as_str(), "once"),
            ("192.0.2.1:8080", "this machine does not have"),
            ("max_connections", "at least 1"),
        ] {
            let line = lines.iter().find(|line| line.contains(needle)).expect(needle);
            assert!(line.contains(remedy), "{line}");
        }
        TcpListener::bind(free).unwrap();
    }
}

#[test]
fn a_server_without_an_address_says_how_to_name_one() {
    let error = Server::builder().build().unwrap_err();
    assert!(error.to_string().contains("listen("), "{error}");
    assert!(!error.is_address_in_use() && !error.is_invalid_address());
}

#[test]
fn settings_out_of_range_are_named() {
    let error = loopback()
        .backlog(0)
        .max_connections_per_ip(Some(0))
        .topology(Topology::PerCore { workers: 100_000 })
        .build()
        .unwrap_err();
    let text = error.to_string();
    for setting in ["backlog", "max_connections_per_ip", "workers"] {
        assert!(text.contains(setting), "{text}");
    }
}

#[test]
fn two_servers_never_share_a_port() {
    for first in TOPOLOGIES {
        let server = loopback().topology(first).build().unwrap();
        let address = server.local_addrs()[0];
        for second in TOPOLOGIES {
            let rival = Server::builder().topology(second).listen(address).build();
            assert!(rival.unwrap_err().is_address_in_use());
        }
        let handle = server.handle();
        drop(server);
        assert_eq!(handle.status(), Status::Stopped);
        Server::builder().topology(first).listen(address).build().unwrap();
    }
}

#[tokio::test]
async fn a_server_told_to_drain_before_it_runs_ends_at_once() {
    let server = loopback().drain_timeout(Duration::from_secs(3600)).build().unwrap();
    server.handle().drain();
    let summary = server.run(echo).await.unwrap();
    assert_eq!((summary.accepted, summary.cut_at_deadline), (0, 0));
}

#[tokio::test]
async fn a_service_without_tls_does_not_start_where_it_is_to_speak_it() {
    let server = Server::builder().listen("127.0.0.1:0").listen("https://127.0.0.1:0").build();
    let error = server.unwrap().run(echo).await.unwrap_err();
    let told = error.to_string();
    assert!(told.starts_with("cannot serve https://127.0.0.1:0: the service does not"), "{told}");
}

#[test]
fn one_address_has_one_scheme() {
    let builder = Server::builder().listen("http://127.0.0.1:1").listen("https://127.0.0.1:1");
    assert!(builder.build().unwrap_err().to_string().contains("twice"));
}
