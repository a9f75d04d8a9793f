//! Clients that ask one thing after the other and count what goes wrong.

use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use crate::command::TIME_LIMIT;

/// Clients that ask one thing after the other until they are told to end.
pub(crate) struct Steady {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    clients: Vec<JoinHandle<Vec<Error>>>,
}

impl Steady {
    /// Half of the clients keep their connection until the server closes it, half take a new one each
    /// time.
    pub(crate) fn start(address: SocketAddr, clients: usize) -> Self {
        let (stop, answered) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let client = |number: usize| {
            let (stop, answered) = (Arc::clone(&stop), Arc::clone(&answered));
            thread::spawn(move || {
                let mut client =
                    Client { address, keeps: number.is_multiple_of(2), connection: None };
                let mut failures = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    match client.ask() {
                        Ok(()) => drop(answered.fetch_add(1, Ordering::Relaxed)),
                        Err(error) => failures.push(error),
                    }
                }
                failures
            })
        };
        let clients = (0..clients).map(client).collect();
        Self { stop, answered, clients }
    }

    pub(crate) fn answered(&self) -> usize {
        self.answered.load(Ordering::Relaxed)
    }

    /// Ends the clients: what has gone wrong.
    pub(crate) fn end(self) -> Vec<Error> {
        self.stop.store(true, Ordering::Relaxed);
        self.clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    }
}

struct Client {
    address: SocketAddr,
    keeps: bool,
    connection: Option<BufReader<TcpStream>>,
}

impl Client {
    fn ask(&mut self) -> Result<(), Error> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => BufReader::new(TcpStream::connect(self.address)?),
        };
        connection.get_ref().set_read_timeout(Some(TIME_LIMIT))?;
        let close = if self.keeps { "" } else { "Connection: close\r\n" };
        let request = format!("GET /books/1 HTTP/1.1\r\nHost: a\r\n{close}\r\n");
        connection.get_mut().write_all(request.as_bytes())?;
        if read_answer(&mut connection)? {
            self.connection = Some(connection);
        }
        Ok(())
    }
}

/// Reads a whole answer: does the connection go on?
fn read_answer(connection: &mut BufReader<TcpStream>) -> Result<bool, Error> {
    let (mut length, mut goes_on, mut is_first) = (0, true, true);
    loop {
        let mut line = String::new();
        if connection.read_line(&mut line)? == 0 {
            return Err(Error::new(ErrorKind::UnexpectedEof, "closed before the answer was whole"));
        }
        if is_first && !line.starts_with("HTTP/1.1 200 ") {
            return Err(Error::other(line));
        }
        is_first = false;
        let line = line.trim_end().to_ascii_lowercase();
        match line.split_once(": ") {
            Some(("content-length", value)) => length = value.parse().unwrap(),
            Some(("connection", "close")) => goes_on = false,
            None if line.is_empty() => break,
            _ => {}
        }
    }
    connection.read_exact(&mut vec![0; length])?;
    Ok(goes_on)
}
