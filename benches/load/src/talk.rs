//! WebSockets that say one thing over and over: each for itself, or one of them to all.

mod client;

use std::{
    io::ErrorKind,
    net::SocketAddr,
    time::{Duration, Instant},
};

use mio::{Events, Poll, Token};
use serde::{Deserialize, Serialize};

use self::client::Client;
use crate::{
    Latency, LoadError,
    latency::Recorder,
    plan::check_loopback,
    websocket::{TEXT, masked, opening},
};

/// Which WebSockets are opened, and who says something on them.
#[derive(Clone, Debug)]
pub struct TalkPlan {
    /// The server; a loopback IPv4 address.
    pub address: SocketAddr,
    /// Where it speaks WebSocket.
    pub path: String,
    /// WebSockets open for the whole time, at least 1.
    pub connections: usize,
    /// What the server does with a message.
    pub traffic: Traffic,
}

/// What a server does with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// It sends it back. Every client sends its next message when it has that.
    Echo,
    /// It sends it to every client. The first client sends the next when all have it.
    FanOut,
}

/// How much is said: a line on standard input.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TalkCommand {
    /// For so many seconds.
    Seconds(f64),
    /// Until at least so many messages have come back over all clients, within two minutes.
    Messages(u64),
}

/// What came of it: the answer on standard output.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct TalkReport {
    /// Messages that came back, over all clients.
    pub messages: u64,
    /// From the first message to the last that came back, in seconds.
    pub seconds: f64,
    /// From the sending of a message to its coming back, at each client that gets it.
    pub latency: Latency,
}

/// Open WebSockets.
#[derive(Debug)]
pub struct Talk {
    poll: Poll,
    clients: Vec<Client>,
    traffic: Traffic,
    /// The frame that is sent.
    message: Vec<u8>,
    input: Box<[u8]>,
}

/// What is said: 64 bytes of text.
const TEXT_OF_64: &[u8; 64] = b"The quick brown fox jumps over the lazy dog, again and again....";

/// How long a counted talk may take, and how long messages at the end are waited for.
const LIMIT: Duration = Duration::from_secs(120);

/// One read takes this much.
const READ_BYTES: usize = 64 * 1024;

impl Talk {
    /// Opens every WebSocket, one after the other.
    ///
    /// # Errors
    ///
    /// The plan makes no sense, or one of them cannot be opened.
    pub fn open(plan: &TalkPlan) -> Result<Self, LoadError> {
        check_loopback(plan.address)?;
        if plan.connections == 0 {
            return Err(LoadError::new("`connections` must be at least 1"));
        }
        let poll = Poll::new().map_err(|error| LoadError::io("cannot make a poller", error))?;
        let opening = opening(plan.address, &plan.path);
        let clients = (0..plan.connections)
            .map(|index| Client::open(plan.address, index, &opening, poll.registry()))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            poll,
            clients,
            traffic: plan.traffic,
            message: masked(TEXT, TEXT_OF_64),
            input: vec![0; READ_BYTES].into(),
        })
    }

    /// Talks, and has every message come back that was sent.
    ///
    /// # Errors
    ///
    /// A connection ends, something else comes back, or not all within two minutes of the time.
    pub fn talk(&mut self, command: TalkCommand) -> Result<TalkReport, LoadError> {
        let (time, messages) = match command {
            TalkCommand::Seconds(seconds) => (Duration::from_secs_f64(seconds), u64::MAX),
            TalkCommand::Messages(messages) => (LIMIT, messages),
        };
        let latency = Recorder::new()?;
        let started = Instant::now();
        let deadline = started + time;
        let mut round =
            Round { talk: self, deadline, messages, sent: 0, due: 0, received: 0, latency };
        round.run()?;
        let Round { received, latency, .. } = round;
        let seconds = started.elapsed().as_secs_f64();
        Ok(TalkReport { messages: received, seconds, latency: latency.summary() })
    }
}

/// One talk.
struct Round<'a> {
    talk: &'a mut Talk,
    deadline: Instant,
    /// So many are to come back.
    messages: u64,
    /// So many will have come back of what was sent: echoed once, or sent to all.
    sent: u64,
    /// Sent, and not come back yet.
    due: u64,
    received: u64,
    latency: Recorder,
}

impl Round<'_> {
    fn run(&mut self) -> Result<(), LoadError> {
        let mut events = Events::with_capacity(1024);
        let speakers = match self.talk.traffic {
            Traffic::Echo => self.talk.clients.len(),
            Traffic::FanOut => 1,
        };
        (0..speakers).try_for_each(|speaker| self.send(speaker))?;
        while self.due > 0 {
            if self.deadline.elapsed() > LIMIT {
                return Err(LoadError::new(format!("{} messages did not come back", self.due)));
            }
            match self.talk.poll.poll(&mut events, Some(LIMIT)) {
                Err(error) if error.kind() != ErrorKind::Interrupted => {
                    return Err(LoadError::io("cannot poll", error));
                }
                _ => {}
            }
            for event in &events {
                self.serve(event.token())?;
            }
        }
        if self.messages != u64::MAX && self.received < self.messages {
            let (received, wanted) = (self.received, self.messages);
            return Err(LoadError::new(format!("only {received} of {wanted} messages came back")));
        }
        Ok(())
    }

    fn serve(&mut self, Token(index): Token) -> Result<(), LoadError> {
        let client = &mut self.talk.clients[index];
        let came = client
            .receive(&mut self.talk.input, TEXT_OF_64)
            .map_err(|reason| LoadError::new(format!("WebSocket {index} {reason}")))?;
        if came == 0 {
            return Ok(());
        }
        let speaker = match self.talk.traffic {
            Traffic::Echo => index,
            Traffic::FanOut => 0,
        };
        let waited = self.talk.clients[speaker].since.elapsed();
        for _ in 0..came {
            self.latency.record(waited);
        }
        self.received += came;
        self.due = self
            .due
            .checked_sub(came)
            .ok_or_else(|| LoadError::new(format!("WebSocket {index} got more than was sent")))?;
        if self.talk.traffic == Traffic::Echo || self.due == 0 {
            self.send(speaker)?;
        }
        Ok(())
    }

    /// Sends the next message of this client, if there is to be one.
    fn send(&mut self, speaker: usize) -> Result<(), LoadError> {
        if self.sent >= self.messages || Instant::now() >= self.deadline {
            return Ok(());
        }
        let back = match self.talk.traffic {
            Traffic::Echo => 1,
            Traffic::FanOut => self.talk.clients.len() as u64,
        };
        self.sent += back;
        self.due += back;
        self.talk.clients[speaker]
            .send(&self.talk.message)
            .map_err(|reason| LoadError::new(format!("WebSocket {speaker} {reason}")))
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::{TcpListener, TcpStream},
        sync::{Arc, Mutex},
        thread,
    };

    use super::*;

    /// Sends each message of a client back, or to all; in two pieces, after a ping.
    fn server(traffic: Traffic, said: &'static [u8; 64]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let all = Arc::new(Mutex::new(Vec::new()));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (all, mut stream) = (Arc::clone(&all), stream.unwrap());
                thread::spawn(move || {
                    let mut request = Vec::new();
                    while !request.ends_with(b"\r\n\r\n") {
                        let mut byte = [0];
                        stream.read_exact(&mut byte).unwrap();
                        request.push(byte[0]);
                    }
                    stream.set_nodelay(true).unwrap();
                    all.lock().unwrap().push(stream.try_clone().unwrap());
                    stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\n\r\n").unwrap();
                    let mut frame = [0; 70];
                    while stream.read_exact(&mut frame).is_ok() {
                        let send = |stream: &mut TcpStream| {
                            stream.write_all(&[0x89, 1, b'p', 0x81, 64]).unwrap();
                            stream.write_all(said).unwrap();
                        };
                        match traffic {
                            Traffic::Echo => send(&mut stream),
                            Traffic::FanOut => all.lock().unwrap().iter_mut().for_each(send),
                        }
                        let speaks = traffic == Traffic::Echo || {
                            let first = all.lock().unwrap()[0].peer_addr().unwrap();
                            first == stream.peer_addr().unwrap()
                        };
                        // The pong.
                        if speaks {
                            stream.read_exact(&mut [0; 7]).unwrap();
                        }
                    }
                });
            }
        });
        address
    }

    fn talk(traffic: Traffic, said: &'static [u8; 64]) -> Talk {
        let (address, path) = (server(traffic, said), "/".to_owned());
        Talk::open(&TalkPlan { address, path, connections: 3, traffic }).unwrap()
    }

    #[test]
    fn every_message_comes_back_and_pings_are_no_messages() {
        let mut echo = talk(Traffic::Echo, TEXT_OF_64);
        assert_eq!(echo.talk(TalkCommand::Messages(7)).unwrap().messages, 7);
        assert!(echo.talk(TalkCommand::Seconds(0.01)).unwrap().messages >= 3);
    }

    #[test]
    fn a_message_to_all_counts_once_for_each() {
        let mut fan_out = talk(Traffic::FanOut, TEXT_OF_64);
        assert_eq!(fan_out.talk(TalkCommand::Messages(4)).unwrap().messages, 6);
    }

    #[test]
    fn what_was_not_said_fails_the_talk() {
        let mut echo = talk(Traffic::Echo, &[b'x'; 64]);
        let error = echo.talk(TalkCommand::Messages(1)).unwrap_err().to_string();
        assert!(error.contains("something else"), "{error}");
    }
}
