//! More clients than the shop can serve, and clients that only waste its time: who asks properly is
//! answered, and nothing is left of the others.
//!
//! `HIGHPER_FLOOD=10000` sends more of them than fit into every run of all tests.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::thread;
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;

use crate::command::TIME_LIMIT;
use crate::demo::program;
use crate::logging::exchange;
use crate::service::{Service, until};
use crate::steady::Steady;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n";

/// So many clients are connected without being accepted; the next one would wait for that.
const BACKLOG: usize = 1_000;

fn flood() -> usize {
    std::env::var("HIGHPER_FLOOD").ok().and_then(|count| count.parse().ok()).unwrap_or(1_000)
}

#[test]
fn clients_that_reset_their_connections_leave_nothing_behind() {
    let shop = Service::start(&[]);
    let steady = Steady::start(shop.address, 4);
    // A first wave, so that what it takes to serve so many at all is not counted.
    reset_all(shop.address, flood());
    until("the first wave is gone", || descriptors(&shop) < 40);
    let before = resident(&shop);
    reset_all(shop.address, flood());
    until("the second wave is gone", || descriptors(&shop) < 40);
    let grown = resident(&shop).saturating_sub(before);
    assert!(grown < 4 << 20, "{grown} bytes are left of the clients");
    let failures = steady.end();
    assert!(failures.is_empty(), "{failures:?}");
    assert!(!shop.log().contains("panicked"), "{}", shop.log());
}

/// Each sends nothing, half a request, one, or two, and resets its connection without reading.
fn reset_all(address: SocketAddr, count: usize) {
    let reset = |number: usize| {
        let mut client = TcpStream::connect(address).unwrap();
        let sent: &[u8] = match number % 4 {
            0 => &[],
            1 => &REQUEST[..20],
            2 => REQUEST,
            _ => &[REQUEST, REQUEST].concat(),
        };
        client.write_all(sent).unwrap();
        set_socket_linger(&client, Some(Duration::ZERO)).unwrap();
    };
    thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || (thread..count).step_by(8).for_each(reset));
        }
    });
}

#[test]
fn with_256_descriptors_a_flood_is_outlasted() {
    let mut starved = Command::new("sh");
    starved.args(["-c", "ulimit -n 256; exec \"$0\""]).arg(program(&[]).get_program());
    let shop = Service::start_as(starved.env_clear().env("ADDRESS", "127.0.0.1:0"), &[]);
    let mut good = connect(shop.address);
    assert!(is_answered(&mut good));
    let crowd: Vec<_> = (0..BACKLOG).map(|_| connect(shop.address)).collect();
    until("it is out of descriptors", || shop.log().contains("accepting pauses"));

    let before = cpu_ticks(&shop);
    thread::sleep(Duration::from_secs(1));
    // A tick is 10 ms: 5 of them are 5 % of a core.
    assert!(cpu_ticks(&shop) - before <= 5, "it spins while it waits for descriptors");
    assert!(is_answered(&mut good), "who is there is served on");
    let told = shop.log().matches("accepting pauses").count();
    assert!(told <= 8, "{told} lines in a few seconds");

    drop(crowd);
    for _ in 0..20 {
        assert!(is_answered(&mut connect(shop.address)), "it is over");
    }
}

#[test]
fn beyond_the_limit_of_connections_clients_wait_and_those_inside_are_served() {
    let shop = Service::start(&[("MAX_CONNECTIONS", "64")]);
    let mut inside: Vec<_> = (0..64).map(|_| connect(shop.address)).collect();
    assert!(inside.iter_mut().all(is_answered));
    let mut outside: Vec<_> = (0..BACKLOG).map(|_| connect(shop.address)).collect();
    let last = outside.last_mut().unwrap();
    last.write_all(REQUEST).unwrap();
    assert!((0..5).all(|_| inside.iter_mut().all(is_answered)));
    assert!(descriptors(&shop) < 64 + 40, "no more are taken in than may");
    drop(inside);
    drop(outside.drain(..outside.len() - 1));
    // Its turn has come.
    assert!(read_answer(&mut outside[0]));
}

#[test]
fn clients_that_say_nothing_are_sent_away_while_others_are_served() {
    let shop = Service::start(&[("FIRST_BYTE_TIMEOUT", "1")]);
    let steady = Steady::start(shop.address, 4);
    let silent: Vec<_> = (0..flood().min(4_000)).map(|_| connect(shop.address)).collect();
    until("they are gone", || descriptors(&shop) < 40);
    for mut client in silent {
        assert_eq!(client.read(&mut [0]).unwrap(), 0);
    }
    let failures = steady.end();
    assert!(failures.is_empty(), "{failures:?}");
}

fn connect(address: SocketAddr) -> TcpStream {
    let client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(TIME_LIMIT)).unwrap();
    client
}

fn is_answered(client: &mut TcpStream) -> bool {
    client.write_all(REQUEST).is_ok() && read_answer(client)
}

fn read_answer(client: &mut TcpStream) -> bool {
    let mut answer = [0; 4096];
    client.read(&mut answer).is_ok_and(|read| answer[..read].starts_with(b"HTTP/1.1 200 "))
}

fn descriptors(shop: &Service) -> usize {
    fs::read_dir(format!("/proc/{}/fd", shop.pid())).unwrap().count()
}

/// Bytes of memory that are its own: field 2 of /proc/pid/statm, less what is shared, in pages.
fn resident(shop: &Service) -> usize {
    let pages = fs::read_to_string(format!("/proc/{}/statm", shop.pid())).unwrap();
    let pages: Vec<usize> = pages.split(' ').map_while(|field| field.parse().ok()).collect();
    (pages[1] - pages[2]) * rustix::param::page_size()
}

/// User and system time: fields 14 and 15 of /proc/pid/stat.
fn cpu_ticks(shop: &Service) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", shop.pid())).unwrap();
    let after_name = stat.rsplit(')').next().unwrap();
    let fields: Vec<_> = after_name.split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[test]
fn requests_that_panic_hurt_no_other_request() {
    let shop = Service::start(&[("LOG_LEVEL", "off")]);
    let ask = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    let last = "GET /books/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let bytes =
        [ask("/books/1").repeat(49), ask("/panic"), ask("/books/1").repeat(49), last.into()];
    let bytes = bytes.concat();
    let client = || {
        for _ in 0..25 {
            let got = exchange(&shop, &bytes);
            let statuses: Vec<&str> =
                got.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
            assert_eq!(statuses.len(), 100, "{got}");
            let failed: Vec<usize> = (0..100).filter(|at| statuses[*at] != "200").collect();
            assert_eq!((failed, statuses[49]), (vec![49], "500"));
        }
    };
    thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(client))));
}
