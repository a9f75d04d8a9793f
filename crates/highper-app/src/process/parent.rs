//! The process that has started this one.

use std::env;
use std::fs::File;
use std::io::{self, stdin};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream as StdStream;
use std::time::Duration;

use rustix::net::{AddressFamily, getsockname};
use rustix::stdio::dup2_stdin;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::HANDOVER;
use super::channel::{
    BEGIN, DRAIN, HAND_OVER, HELLO, Handed, READY, RELOAD, Reader, STOP, invalid,
};

/// The process that has started this one, and waits to hear that it serves.
#[derive(Debug)]
pub(crate) struct Parent {
    relation: Relation,
    channel: UnixStream,
    handed: Handed,
}

/// What the parent is to this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// This process is one of its workers.
    Supervisor,
    /// This process takes its place.
    Predecessor,
}

/// What a supervisor wants of its worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Reload,
    Drain,
    HandOver,
    Stop,
    /// It has ended without a word.
    Gone,
}

/// A parent that has started a process sends what it has at once.
const PATIENCE: Duration = Duration::from_secs(10);

impl Parent {
    /// Takes over what the parent hands over; None for a process that was started by the system.
    /// The standard input is empty from here on.
    ///
    /// # Errors
    /// When the parent ends before all is here.
    pub(crate) fn find() -> io::Result<Option<Self>> {
        let input = stdin();
        // A program that was started by a worker for its own purposes has the variable, but not the
        // socket.
        let is_joined = env::var_os(HANDOVER).is_some()
            && getsockname(&input).is_ok_and(|name| name.address_family() == AddressFamily::UNIX);
        if !is_joined {
            return Ok(None);
        }
        let channel = StdStream::from(input.as_fd().try_clone_to_owned()?);
        dup2_stdin(File::open("/dev/null")?)?;
        channel.set_read_timeout(Some(PATIENCE))?;
        let (relation, handed) = receive(&channel)?;
        channel.set_nonblocking(true)?;
        Ok(Some(Self { relation, channel: UnixStream::from_std(channel)?, handed }))
    }

    pub(crate) fn relation(&self) -> Relation {
        self.relation
    }

    /// The listeners that it hands over; the second time none.
    pub(crate) fn take_handed(&mut self) -> Handed {
        std::mem::take(&mut self.handed)
    }

    /// Tells it that this process serves.
    pub(crate) async fn ready(&mut self) {
        self.tell(READY).await;
    }

    /// Tells it what keeps this process from serving.
    pub(crate) async fn failed(&mut self, reason: &str) {
        self.tell(reason.as_bytes()).await;
    }

    /// Waits for a command.
    pub(crate) async fn command(&mut self) -> Command {
        loop {
            match self.channel.read_u8().await {
                Ok(RELOAD) => return Command::Reload,
                Ok(DRAIN) => return Command::Drain,
                Ok(HAND_OVER) => return Command::HandOver,
                Ok(STOP) => return Command::Stop,
                Ok(_) => {}
                Err(_) => return Command::Gone,
            }
        }
    }

    async fn tell(&mut self, bytes: &[u8]) {
        // A parent that has ended needs no word.
        let _ = self.channel.write_all(bytes).await;
    }
}

/// Reads what comes before `begin`.
pub(super) fn receive(channel: &StdStream) -> io::Result<(Relation, Handed)> {
    let mut reader = Reader::default();
    let hello = reader.line(channel)?;
    let relation = match hello.strip_prefix(HELLO) {
        Some("worker") => Relation::Supervisor,
        Some("successor") => Relation::Predecessor,
        _ => return Err(invalid("the words of another version")),
    };
    let mut handed = Handed::new();
    loop {
        let line = reader.line(channel)?;
        let mut words = line.splitn(3, ' ');
        let (what, count) = (words.next(), words.next().and_then(|count| count.parse().ok()));
        match (what, count, words.next()) {
            (Some(BEGIN), None, None) => return Ok((relation, handed)),
            (Some("listen"), Some(count), Some(address)) => {
                handed.push((address.into(), reader.sockets(count)?));
            }
            (Some("more"), Some(count), None) => {
                let (_, sockets) = handed.last_mut().ok_or_else(|| invalid("no address yet"))?;
                sockets.extend(reader.sockets(count)?);
            }
            _ => return Err(invalid("a line that is not understood")),
        }
    }
}

impl Relation {
    pub(super) fn own_name(self) -> &'static str {
        match self {
            Self::Supervisor => "worker",
            Self::Predecessor => "successor",
        }
    }
}
