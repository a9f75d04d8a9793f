//! Connections that are opened and then kept quiet.

use std::{
    io::{ErrorKind, Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use socket2::{Domain, SockAddr, Socket, Type};

use crate::{Fields, LoadError, fetch::exchange, plan::check_loopback, websocket};

/// A full accept queue makes a connection wait for the kernel's next try, a second later.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long opening all of them may take.
const OPEN_LIMIT: Duration = Duration::from_secs(120);

/// Connections go out from 127.0.0.2 up to this last octet in turn: one address has some 28,000
/// ports, and a server may limit the connections of each.
const LAST_SOURCE: usize = 16;

/// What happens on a connection before it falls silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing: it is connected and never sends a byte.
    New,
    /// One request is answered.
    KeepAlive,
    /// A WebSocket is opened.
    WebSocket,
}

/// Quiet connections, until dropped.
#[derive(Debug)]
pub struct Held {
    streams: Vec<TcpStream>,
}

/// Opens connections one after the other, so that the server never holds more than one request in
/// work: what it keeps afterwards is for holding them, not for a burst.
///
/// # Errors
/// When the address is not a loopback IPv4 one, when a connection or its one answer fails, which
/// the error numbers, or when all of it takes longer than two minutes.
pub fn hold(
    address: SocketAddr,
    path: &str,
    kind: Kind,
    connections: usize,
) -> Result<Held, LoadError> {
    check_loopback(address)?;
    let request = Fields::Host.request(0, address, path);
    let opening = websocket::opening(address, path);
    let started = Instant::now();
    let open = |index| {
        if started.elapsed() > OPEN_LIMIT {
            let limit = OPEN_LIMIT.as_secs();
            return Err(LoadError::new(format!("only {index} connections stood after {limit} s")));
        }
        let mut stream = connect(address, index)?;
        match kind {
            Kind::New => {}
            Kind::KeepAlive => {
                let status = exchange(&mut stream, &request)?.status;
                if !(200..300).contains(&status) {
                    return Err(LoadError::new(format!("request {index} was answered {status}")));
                }
            }
            Kind::WebSocket => open_websocket(&mut stream, &opening)?,
        }
        Ok(stream)
    };
    Ok(Held { streams: (0..connections).map(open).collect::<Result<_, _>>()? })
}

/// Opens a WebSocket (RFC 6455, section 4.1) on a connection.
pub(crate) fn open_websocket(stream: &mut TcpStream, opening: &[u8]) -> Result<(), LoadError> {
    let failed = |error| LoadError::io("cannot open a WebSocket", error);
    stream.set_read_timeout(Some(CONNECT_TIMEOUT)).map_err(failed)?;
    stream.write_all(opening).map_err(failed)?;
    let (mut answer, mut byte) = (Vec::new(), [0]);
    while !websocket::is_open(&answer).map_err(LoadError::new)? {
        stream.read_exact(&mut byte).map_err(failed)?;
        answer.push(byte[0]);
    }
    Ok(())
}

impl Held {
    /// Closes all connections; says how many the server had not left alone.
    pub fn release(self) -> usize {
        self.streams.iter().filter(|stream| is_disturbed(stream)).count()
    }
}

pub(crate) fn connect(address: SocketAddr, index: usize) -> Result<TcpStream, LoadError> {
    let source = Ipv4Addr::new(127, 0, 0, 2 + (index % (LAST_SOURCE - 1)) as u8);
    let connect = || {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        socket.bind(&SockAddr::from(SocketAddr::new(IpAddr::V4(source), 0)))?;
        // Closed with a reset: thousands of ports in TIME_WAIT would be missing to the next round.
        socket.set_linger(Some(Duration::ZERO))?;
        socket.connect_timeout(&SockAddr::from(address), CONNECT_TIMEOUT)?;
        Ok(TcpStream::from(socket))
    };
    connect().map_err(|error: std::io::Error| {
        let hint = match error.raw_os_error() {
            Some(24) => "; raise the limit of open files (`ulimit -n`)",
            _ => "",
        };
        LoadError::io(format!("connection {index} from {source} failed{hint}"), error)
    })
}

/// Whether the server closed the connection or wrote to it unasked.
fn is_disturbed(stream: &TcpStream) -> bool {
    let quiet = || {
        stream.set_nonblocking(true)?;
        stream.peek(&mut [0])
    };
    !quiet().is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}
