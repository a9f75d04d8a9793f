//! What two processes say to each other, and the descriptors that go with it.
//!
//! From the parent come lines: [`HELLO`] and the relation, a `listen` line for each address with its
//! descriptors, `more` lines with those that one message cannot hold, and `begin`; then single bytes,
//! [`RELOAD`], [`DRAIN`], [`HAND_OVER`] and [`STOP`]. From the child comes [`READY`], or the text of what keeps it from starting.

use std::collections::VecDeque;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use highper_net::ListenAddress;
use rustix::cmsg_space;
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};

/// Listeners that pass from one process to another: sockets, by the address as it was listed.
pub(crate) type Handed = Vec<(ListenAddress, Vec<OwnedFd>)>;

/// With which the first line begins. A process of another version of this protocol is refused.
pub(super) const HELLO: &str = "highper 1 ";

pub(super) const BEGIN: &str = "begin";

/// The child serves.
pub(super) const READY: &[u8] = b"ready\n";

/// The worker is to finish what is in flight and end.
pub(super) const DRAIN: u8 = b'd';

/// The same, and it is to leave new clients to others, who accept on the same sockets.
pub(super) const HAND_OVER: u8 = b'h';

/// The worker is to read certificates again.
pub(super) const RELOAD: u8 = b'r';

/// The worker is to end at once.
pub(super) const STOP: u8 = b's';

/// The kernel takes 253 (`SCM_MAX_FD`).
pub(super) const MAX_DESCRIPTORS: usize = 128;

/// An address is at most as long as a path.
const MAX_LINE: usize = 8192;

/// More than a machine has addresses times workers.
const MAX_WAITING: usize = 65_536;

/// The lines that hand listeners over, each with its descriptors.
pub(super) fn lines(relation: &str, handed: Handed) -> Vec<(String, Vec<OwnedFd>)> {
    let mut lines = vec![(format!("{HELLO}{relation}\n"), Vec::new())];
    for (address, mut sockets) in handed {
        let mut rest = sockets.split_off(sockets.len().min(MAX_DESCRIPTORS));
        lines.push((format!("listen {} {address}\n", sockets.len()), sockets));
        while !rest.is_empty() {
            let after = rest.split_off(rest.len().min(MAX_DESCRIPTORS));
            lines.push((format!("more {}\n", rest.len()), rest));
            rest = after;
        }
    }
    lines.push((format!("{BEGIN}\n"), Vec::new()));
    lines
}

/// Sends bytes, and with the first of them the descriptors. How many bytes went.
pub(super) fn send(socket: impl AsFd, bytes: &[u8], sockets: &[OwnedFd]) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let descriptors: Vec<BorrowedFd<'_>> = sockets.iter().map(AsFd::as_fd).collect();
    if !descriptors.is_empty() && !control.push(SendAncillaryMessage::ScmRights(&descriptors)) {
        return Err(io::Error::other("too many descriptors for one message"));
    }
    Ok(sendmsg(socket, &[IoSlice::new(bytes)], &mut control, SendFlags::NOSIGNAL)?)
}

/// Reads lines and descriptors. A line's descriptors come with its first byte or before it.
#[derive(Debug, Default)]
pub(super) struct Reader {
    bytes: VecDeque<u8>,
    sockets: VecDeque<OwnedFd>,
}

impl Reader {
    /// The next line, without its end.
    pub(super) fn line(&mut self, socket: impl AsFd) -> io::Result<String> {
        loop {
            if let Some(end) = self.bytes.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.bytes.drain(..=end).take(end).collect();
                return String::from_utf8(line).map_err(|_| invalid("a line that is no text"));
            }
            if self.bytes.len() > MAX_LINE || self.sockets.len() > MAX_WAITING {
                return Err(invalid("a line that is too long"));
            }
            self.receive(&socket)?;
        }
    }

    /// Descriptors that have come.
    pub(super) fn sockets(&mut self, count: usize) -> io::Result<Vec<OwnedFd>> {
        if count > self.sockets.len() {
            return Err(invalid("fewer descriptors than were announced"));
        }
        Ok(self.sockets.drain(..count).collect())
    }

    fn receive(&mut self, socket: impl AsFd) -> io::Result<()> {
        let mut bytes = [0; 4096];
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let into = &mut [IoSliceMut::new(&mut bytes)];
        let received = recvmsg(socket, into, &mut control, RecvFlags::empty())?;
        for message in control.drain() {
            let RecvAncillaryMessage::ScmRights(sockets) = message else { continue };
            for socket in sockets {
                fcntl_setfd(&socket, FdFlags::CLOEXEC)?;
                self.sockets.push_back(socket);
            }
        }
        if received.bytes == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.bytes.extend(&bytes[..received.bytes]);
        Ok(())
    }
}

pub(super) fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::os::unix::net::UnixStream;
    use std::thread;

    use super::*;
    use crate::process::parent::{Relation, receive};

    fn sockets(count: usize) -> Vec<OwnedFd> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        (0..count).map(|_| listener.try_clone().unwrap().into()).collect()
    }

    #[test]
    fn listeners_arrive_with_their_addresses_however_many_they_are() {
        let counts = [1, MAX_DESCRIPTORS, 0, MAX_DESCRIPTORS * 2 + 3];
        let addresses = ["127.0.0.1:0", "unix:/run/a b.sock", "systemd:web", "[::]:80"];
        let handed = addresses.iter().zip(counts);
        let handed = handed.map(|(address, count)| ((*address).into(), sockets(count))).collect();
        let (parent, child) = UnixStream::pair().unwrap();
        let sending = thread::spawn(move || {
            for (line, sockets) in lines("worker", handed) {
                assert_eq!(send(&parent, line.as_bytes(), &sockets).unwrap(), line.len());
            }
        });
        let (relation, received) = receive(&child).unwrap();
        sending.join().unwrap();
        assert_eq!(relation, Relation::Supervisor);
        let received: Vec<_> = received
            .iter()
            .map(|(address, sockets)| (address.to_string(), sockets.len()))
            .collect();
        let sent: Vec<_> = addresses
            .iter()
            .zip(counts)
            .map(|(address, count)| ((*address).to_owned(), count))
            .collect();
        assert_eq!(received, sent);
    }

    #[test]
    fn nonsense_and_an_end_too_early_are_errors() {
        for text in [
            "",
            "highper 1 worker\n",
            "highper 2 worker\nbegin\n",
            "highper 1 cousin\nbegin\n",
            "highper 1 worker\nlisten 1 [::]:80\nbegin\n",
            "highper 1 worker\nmore 0\nbegin\n",
        ] {
            let (parent, child) = UnixStream::pair().unwrap();
            send(&parent, text.as_bytes(), &[]).unwrap();
            drop(parent);
            receive(&child).unwrap_err();
        }
    }
}
