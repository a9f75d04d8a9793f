//! A process that this one has started, to work for it or to take its place.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdStream;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::UnixStream;
use tokio::process::Child as Process;
use tokio::time::timeout;

use super::channel::{Handed, READY, lines, send};
use super::{HANDOVER, Relation};

/// A process that this one has started. Dropping it kills it, unless it was released.
#[derive(Debug)]
pub(super) struct Child {
    process: Process,
    channel: UnixStream,
    said: Vec<u8>,
    is_released: bool,
}

/// How much of its reasons is listened to.
const MAX_SAID: u64 = 16 * 1024;

/// A process that was started reads what it is sent before it does anything else.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a process may take to end that has said why it does not serve.
const LAST_STEPS: Duration = Duration::from_secs(5);

impl Child {
    /// Starts `program` and hands it the listeners. `relation`: what this process is to it.
    pub(super) async fn start(
        program: Command,
        relation: Relation,
        handed: Handed,
    ) -> io::Result<Self> {
        let (ours, theirs) = StdStream::pair()?;
        ours.set_nonblocking(true)?;
        let is_inherited = handed.iter().any(|(address, _)| address.is_inherited());
        let mut command = tokio::process::Command::from(program);
        command
            .env(HANDOVER, if is_inherited { "systemd" } else { "settings" })
            .stdin(Stdio::from(OwnedFd::from(theirs)));
        let process = command.spawn()?;
        // The child's end is closed here with the command, so that its end is heard.
        drop(command);
        let channel = UnixStream::from_std(ours)?;
        let child = Self { process, channel, said: Vec::new(), is_released: false };
        match timeout(PATIENCE, child.hand_over(relation, handed)).await {
            // It has ended already: how is told to whoever waits for it.
            Ok(Err(error)) if is_end(&error) => Ok(child),
            Ok(sent) => sent.map(|()| child),
            Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "it takes no listeners")),
        }
    }

    async fn hand_over(&self, relation: Relation, handed: Handed) -> io::Result<()> {
        for (line, mut sockets) in lines(relation.own_name(), handed) {
            let mut bytes = line.as_bytes();
            while !bytes.is_empty() {
                let sent = || send(&self.channel, bytes, &sockets);
                let sent = self.channel.async_io(Interest::WRITABLE, sent).await?;
                // They have gone with the first byte.
                sockets.clear();
                bytes = &bytes[sent..];
            }
        }
        Ok(())
    }

    /// The number of the process.
    pub(super) fn pid(&self) -> u32 {
        // None once it has been waited for, and then nobody asks.
        self.process.id().unwrap_or_default()
    }

    /// Waits until it serves, or says why it does not. Cancel-safe.
    pub(super) async fn ready(&mut self) -> Result<(), String> {
        loop {
            let mut rest =
                (&mut self.channel).take(MAX_SAID.saturating_sub(self.said.len() as u64));
            let read = rest.read_buf(&mut self.said).await;
            if self.said == READY {
                return Ok(());
            }
            if matches!(read, Ok(0) | Err(_)) {
                return Err(self.end_of_boot().await);
            }
        }
    }

    /// How it has ended before it served, and what it has said of that.
    async fn end_of_boot(&mut self) -> String {
        let end = match self.ended_within(LAST_STEPS).await {
            Ok(()) => "it ended as if all was done".to_owned(),
            Err(how) => how,
        };
        let reason = String::from_utf8_lossy(&self.said);
        match reason.trim() {
            "" => format!("{end} before it served"),
            reason => format!("{end} before it served: {reason}"),
        }
    }

    /// Sends a command.
    pub(super) async fn command(&mut self, command: u8) {
        // One that has ended obeys already.
        let _ = self.channel.write_all(&[command]).await;
    }

    /// Waits until it has ended. Cancel-safe.
    pub(super) async fn ended(&mut self) -> String {
        describe(self.process.wait().await)
    }

    /// Waits until it has ended of itself, or until it is killed when this time is over.
    pub(super) async fn ended_within(&mut self, patience: Duration) -> Result<(), String> {
        match timeout(patience, self.process.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(ended) => Err(describe(ended)),
            Err(_) => {
                let _ = self.process.start_kill();
                Err(format!("it did not end within {patience:?} and was killed"))
            }
        }
    }

    /// Lets it live without this process.
    pub(super) fn release(mut self) -> u32 {
        self.is_released = true;
        self.pid()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if !self.is_released {
            // It has ended already, most often.
            let _ = self.process.start_kill();
        }
    }
}

fn is_end(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
}

fn describe(ended: io::Result<ExitStatus>) -> String {
    ended.map_or_else(
        |error| format!("it was lost: {error}"),
        |status| format!("it ended with {status}"),
    )
}
