//! Very many connections that are opened, asked once, left alone, and woken.
//!
//! One process holds as many as it may open files. Several of them, each with a server process of
//! its own to talk to, make a crowd of any size; whoever starts them speaks with each in lines of
//! JSON, see [`CrowdCommand`] and [`CrowdEvent`].

mod exchange;
mod protocol;
mod question;
mod round;
mod source;

use std::{io::ErrorKind, net::SocketAddr};

use mio::{Poll, net::TcpStream};

pub use self::protocol::{CrowdCommand, CrowdEvent, CrowdProgress, OpenedReport, WokenReport};
use self::{
    question::Question,
    round::{Done, Kind, Round},
};
use crate::{LoadError, ReleasedReport, plan::check_loopback};

/// What the connections of one process are to do.
#[derive(Clone, Debug)]
pub struct CrowdPlan {
    /// The server, at a loopback IPv4 address.
    pub address: SocketAddr,
    /// The target of every request.
    pub path: String,
    /// What is asked.
    pub asked: Asked,
    /// Connections of this process.
    pub connections: usize,
    /// The number of the first of them in the whole crowd: it decides the source addresses, which
    /// the processes of a crowd must not share.
    pub first: usize,
}

/// What a connection is asked when it is opened, and when it is woken.
#[derive(Clone, Debug)]
pub enum Asked {
    /// A request, both times: what the body of its answer must be.
    Request(String),
    /// To become a WebSocket, and later to echo.
    WebSocket,
}

/// The connections of one process. What stands is closed with a reset when this is dropped.
///
/// Between two rounds a connection takes four bytes here, and is in no poller: what the kernel
/// keeps for it is its socket alone.
#[derive(Debug)]
pub struct Crowd {
    plan: CrowdPlan,
    poll: Poll,
    opening: Question,
    waking: Question,
    /// By slot; none where the connection is lost.
    streams: Vec<Option<TcpStream>>,
}

impl Crowd {
    /// Makes ready; nothing is opened yet.
    ///
    /// # Errors
    ///
    /// The address is not a loopback IPv4 one, or there is no poller to be had.
    pub fn new(plan: CrowdPlan) -> Result<Self, LoadError> {
        check_loopback(plan.address)?;
        if !plan.address.is_ipv4() {
            let sentence = format!("{} is not an IPv4 address; use 127.0.0.1", plan.address);
            return Err(LoadError::new(sentence));
        }
        let poll = Poll::new().map_err(|error| LoadError::io("cannot make a poller", error))?;
        let (opening, waking) = match &plan.asked {
            Asked::Request(body) => {
                let request = Question::request(plan.address, &plan.path, body);
                (request.clone(), request)
            }
            Asked::WebSocket => (Question::websocket(plan.address, &plan.path), Question::echo()),
        };
        let streams = Vec::with_capacity(plan.connections);
        Ok(Self { plan, poll, opening, waking, streams })
    }

    /// Opens every connection and has its first question answered on each, `at_once` of them at a time, so
    /// that no queue of the server ever overflows. A connection that fails is lost, and not tried
    /// again.
    ///
    /// # Errors
    ///
    /// The poller fails.
    pub fn open(
        &mut self,
        at_once: usize,
        on_progress: impl FnMut(CrowdProgress),
    ) -> Result<OpenedReport, LoadError> {
        self.streams.clear();
        self.streams.resize_with(self.plan.connections, || None);
        let slots = 0..self.plan.connections;
        let done = Round::new(self, Kind::Open, at_once)?.run(slots, on_progress)?;
        let Done { progress, seconds, failure, .. } = done;
        Ok(OpenedReport { held: progress.answered, lost: progress.lost, seconds, failure })
    }

    /// Asks once more on that share of the connections, from 0 to 1, spread over all of them.
    /// A connection that the server has closed or written to since is lost.
    ///
    /// # Errors
    ///
    /// The poller fails.
    pub fn wake(
        &mut self,
        share: f64,
        at_once: usize,
        on_progress: impl FnMut(CrowdProgress),
    ) -> Result<WokenReport, LoadError> {
        let slots = source::spread(self.streams.len(), share);
        let done = Round::new(self, Kind::Wake, at_once)?.run(slots, on_progress)?;
        let Done { progress, seconds, failure, latency } = done;
        Ok(WokenReport { woken: progress.answered, lost: progress.lost, seconds, latency, failure })
    }

    /// Closes all connections; says how many of those that stood the server had not left alone.
    pub fn release(&mut self) -> ReleasedReport {
        let streams = std::mem::take(&mut self.streams);
        ReleasedReport { disturbed: streams.iter().flatten().filter(|s| is_disturbed(s)).count() }
    }
}

/// Whether the server closed the connection or wrote to it unasked.
fn is_disturbed(stream: &TcpStream) -> bool {
    !stream.peek(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead, BufReader, Write},
        net::{Shutdown, TcpListener},
        sync::mpsc::{Receiver, sync_channel},
        thread,
        time::{Duration, Instant},
    };

    use super::*;

    /// Answers every request; hands over each connection, for the test to break some.
    fn server() -> (SocketAddr, Receiver<std::net::TcpStream>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, receiver) = sync_channel(1_000);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                sender.send(stream.try_clone().unwrap()).unwrap();
                thread::spawn(move || {
                    let lines = BufReader::new(stream.try_clone().unwrap()).lines();
                    for _ in lines.map_while(Result::ok).filter(String::is_empty) {
                        stream
                            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
                            .unwrap();
                    }
                });
            }
        });
        (address, receiver)
    }

    fn crowd(address: SocketAddr, body: &str, connections: usize) -> Crowd {
        let (path, asked) = ("/".to_owned(), Asked::Request(body.to_owned()));
        Crowd::new(CrowdPlan { address, path, asked, connections, first: 1_490 }).unwrap()
    }

    #[test]
    fn every_connection_is_answered_and_woken_from_many_addresses() {
        let (address, accepted) = server();
        let mut crowd = crowd(address, "hi", 50);
        let opened = crowd.open(8, |_| {}).unwrap();
        assert_eq!((opened.held, opened.lost, opened.failure), (50, 0, None));
        let sources: std::collections::HashSet<_> =
            accepted.iter().take(50).map(|stream| stream.peer_addr().unwrap().ip()).collect();
        assert_eq!(sources.len(), 2);
        let woken = crowd.wake(0.5, 4, |_| {}).unwrap();
        assert_eq!((woken.woken, woken.lost, woken.failure), (25, 0, None));
        assert_eq!(woken.latency.0.iter().map(|(_, times)| times).sum::<u64>(), 25);
        assert_eq!(crowd.release().disturbed, 0);
    }

    #[test]
    fn what_the_server_closed_or_wrote_to_meanwhile_is_told() {
        let (address, accepted) = server();
        let mut crowd = crowd(address, "hi", 20);
        assert_eq!(crowd.open(20, |_| {}).unwrap().held, 20);
        let streams: Vec<_> = accepted.iter().take(20).collect();
        streams[3].shutdown(Shutdown::Both).unwrap();
        let woken = crowd.wake(1.0, 20, |_| {}).unwrap();
        assert_eq!((woken.woken, woken.lost), (19, 1));
        assert!(woken.failure.unwrap().starts_with("connection 1"));
        (&streams[5]).write_all(b"unasked").unwrap();
        let written = Instant::now();
        while !crowd.streams.iter().flatten().any(is_disturbed) {
            assert!(written.elapsed() < Duration::from_secs(5), "the byte has not come");
            thread::yield_now();
        }
        assert_eq!(crowd.release().disturbed, 1);
    }

    #[test]
    fn a_wrong_answer_and_a_refused_connection_are_lost() {
        let (address, _accepted) = server();
        let opened = crowd(address, "ho", 3).open(3, |_| {}).unwrap();
        assert_eq!((opened.held, opened.lost), (0, 3));
        assert!(opened.failure.unwrap().contains("answered wrongly: 200"));
        let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let opened = crowd(nobody, "hi", 3).open(1, |_| {}).unwrap();
        assert!(opened.failure.unwrap().contains("refused"));
    }
}
