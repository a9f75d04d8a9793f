//! What it costs to wake a parked connection: one request on each of some connections that are parked,
//! and another on the same ones while they are hot.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    thread,
    time::Duration,
};

use super::{
    callgrind::Dumps,
    counters::Counters,
    instructions::Counter,
    limits::Cores,
    running::Running,
    server::Server,
    workload::{HELLO, Workload},
};
use crate::Outcome;

/// As many as may be hot at once, and stay so.
const CONNECTIONS: usize = 60;

/// All of them have parked after it: the server parks after its quiet time of a second to twice that.
const REST: Duration = Duration::from_secs(3);

/// What is still done for an answer when it has come.
const AFTERWARDS: Duration = Duration::from_millis(20);

/// How often they are woken. The figure is the median: the reactor's clock ticks in some of them.
const TIMES: usize = 5;

/// A client that answers nothing for so long has failed.
const LIMIT: Duration = Duration::from_secs(10);

/// How many instructions a request takes more that wakes its connection than one that finds it hot.
///
/// # Errors
///
/// The server fails, or nothing was counted.
pub(super) fn measure(
    server: &Server,
    counter: Counter,
    cores: Cores,
    logs: &Path,
) -> Outcome<f64> {
    let (mut running, mut meter) = Meter::start(server, counter, cores, logs)?;
    let measured = compare(running.address, &mut meter);
    running.check_alive()?;
    measured
}

fn compare(address: SocketAddr, meter: &mut Meter) -> Outcome<f64> {
    let mut clients = Clients::connect(address)?;
    // From here on there are tasks that wait for what wakes.
    clients.ask()?;
    let mut differences = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        thread::sleep(REST);
        let woken = meter.instructions_of(|| clients.ask())?;
        let hot = meter.instructions_of(|| clients.ask())?;
        differences.push((woken - hot) / CONNECTIONS as f64);
    }
    differences.sort_by(f64::total_cmp);
    Ok(differences[TIMES / 2])
}

struct Clients(Vec<TcpStream>);

impl Clients {
    fn connect(address: SocketAddr) -> Outcome<Self> {
        let connect = |_| {
            let stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(LIMIT))?;
            Ok(stream)
        };
        (0..CONNECTIONS).map(connect).collect::<Outcome<_>>().map(Self)
    }

    /// One request on each, all of them before the first answer is read.
    fn ask(&mut self) -> Outcome {
        let path = Workload::Plaintext.path();
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        for stream in &mut self.0 {
            stream.write_all(request.as_bytes())?;
        }
        for stream in &mut self.0 {
            read_answer(stream)?;
        }
        Ok(())
    }
}

fn read_answer(stream: &mut TcpStream) -> Outcome {
    let (mut answer, mut piece) = (Vec::new(), [0; 1024]);
    while !answer.ends_with(HELLO.as_bytes()) {
        match stream.read(&mut piece)? {
            0 => {
                let said = String::from_utf8_lossy(&answer);
                return Err(format!("a connection was closed after {said:?}").into());
            }
            read => answer.extend_from_slice(&piece[..read]),
        }
    }
    Ok(())
}

/// Counts the instructions of a server that runs.
enum Meter {
    Hardware(Counters),
    Callgrind(Dumps),
}

impl Meter {
    fn start(
        server: &Server,
        counter: Counter,
        cores: Cores,
        logs: &Path,
    ) -> Outcome<(Running, Self)> {
        match counter {
            Counter::Callgrind => {
                let (running, dumps) = Dumps::start(server, cores, logs)?;
                Ok((running, Self::Callgrind(dumps)))
            }
            Counter::Hardware => {
                let running = Running::start(server, cores, logs)?;
                let counters = Counters::open(running.watched())?;
                Ok((running, Self::Hardware(counters)))
            }
        }
    }

    fn instructions_of(&mut self, work: impl FnOnce() -> Outcome) -> Outcome<f64> {
        let before = self.read()?;
        work()?;
        thread::sleep(AFTERWARDS);
        Ok(self.read()? - before)
    }

    /// Since the server was started.
    fn read(&mut self) -> Outcome<f64> {
        match self {
            Self::Hardware(counters) => Ok(counters.read()?.user),
            Self::Callgrind(dumps) => dumps.instructions(),
        }
    }
}
