//! An accepted connection.

use std::{
    fmt,
    future::poll_fn,
    io::{self, IoSlice, Write as _},
    net::{Shutdown, SocketAddr, TcpStream},
    sync::Arc,
    task::{Context, Poll, ready},
};

use highper_core::FileSlice;
use tokio::task::coop::poll_proceed;

use crate::{
    Caller, Resume, Scheme, introduction,
    limits::Limits,
    reactor::{EventLoop, PEER_FINISHED, Peer, READABLE, Seat},
    send_file::send_file,
    socket::{recv, send},
    tally::{NO_PEER, Tally},
};

/// An accepted connection.
///
/// It has two faces. The `poll_*` methods take plain slices, for protocol engines that own their
/// buffers; tokio's [`AsyncRead`](tokio::io::AsyncRead) and [`AsyncWrite`](tokio::io::AsyncWrite) let
/// rustls and any protocol written for tokio run on it unchanged. It stays on the poll instance of the
/// worker that accepted it for the whole of its life; it may be used on any thread.
pub struct Stream {
    // Before the seat, so that the place is free only when the socket is closed. None once it is left to the
    // reactor.
    io: Option<TcpStream>,
    seat: Seat,
    ends: Ends,
    is_fresh: bool,
    /// Who goes on with it, where it was parked by [`Stream::park_as`].
    resume: Option<Arc<dyn Resume>>,
}

/// The addresses of a connection's ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    pub(crate) peer: SocketAddr,
    pub(crate) local: SocketAddr,
}

impl Stream {
    pub(crate) fn new(
        io: TcpStream,
        seat: Seat,
        ends: Ends,
        is_fresh: bool,
        resume: Option<Arc<dyn Resume>>,
    ) -> Self {
        Self { io: Some(io), seat, ends, is_fresh, resume }
    }

    pub(crate) fn take_resume(&mut self) -> Option<Arc<dyn Resume>> {
        self.resume.take()
    }

    /// Adopts a connection that was accepted elsewhere, for a test of a protocol: it gets a reactor
    /// of its own on the runtime that this is called on, and never parks.
    ///
    /// # Errors
    /// When the connection has no peer any more, or the system lacks a descriptor.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn adopt(io: TcpStream) -> io::Result<Self> {
        io.set_nonblocking(true)?;
        let peer = io.peer_addr()?;
        let tally = Arc::new(Tally::new(Arc::new(Limits::new(1, None))));
        let (event_loop, _) = EventLoop::new(Vec::new(), None, None, tally)?;
        let reactor = Arc::clone(event_loop.reactor());
        tokio::spawn(event_loop.run(drop));
        let stream = reactor.admit(io, peer, 0, NO_PEER)?;
        stream.ok_or_else(|| io::Error::other("a reactor without parking has parked a connection"))
    }

    /// The address of the other end, as the kernel told it. On a listener for both families an IPv4
    /// peer appears as `::ffff:a.b.c.d`.
    #[must_use]
    pub fn peer_addr(&self) -> SocketAddr {
        self.ends.peer
    }

    /// The address of this end.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.ends.local
    }

    /// What is to be spoken on the connection, where the address of its listener says so.
    #[must_use]
    pub fn scheme(&self) -> Option<Scheme> {
        self.seat.scheme()
    }

    /// True if the peer had not sent a byte when this was made; false if the connection was parked
    /// after an earlier exchange.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.is_fresh
    }

    /// Is the connection asked to park, because it has been quiet for a while or too many are hot?
    ///
    /// The task is woken for it if it waits in [`Self::poll_read`] or [`Self::poll_peer`]. To park is
    /// optional: whoever cannot now may look again when it can.
    #[inline]
    #[must_use]
    pub fn is_park_wanted(&self) -> bool {
        self.seat.readiness().is_park_wanted()
    }

    /// Is the connection [asked to park](Self::is_park_wanted) whenever it has been quiet for a while? Then
    /// its idle time is the reactor's affair, and whoever waits for bytes needs no timer of its own.
    ///
    /// Not without [`Serve::parked_timeouts`](crate::Serve::parked_timeouts), nor where the server does not
    /// [park](crate::ServerBuilder::parking).
    #[inline]
    #[must_use]
    pub fn is_asked_to_park(&self) -> bool {
        self.seat.parks()
    }

    /// Leaves the connection to the reactor until the peer sends something, or the time that
    /// [`Serve::parked_timeouts`] gives is over: then it is closed. When bytes come, or have come
    /// meanwhile, [`Serve::serve`] is called again.
    ///
    /// The caller has nothing buffered: what it has read is dealt with, and what it wrote is in the
    /// kernel. Where the service does not park, the connection is closed.
    ///
    /// [`Serve::parked_timeouts`]: crate::Serve::parked_timeouts
    /// [`Serve::serve`]: crate::Serve::serve
    pub fn park(mut self) {
        self.leave(self.is_fresh, None);
    }

    /// Like [`Self::park`] for a connection that has had an exchange: when it comes back it is not
    /// [fresh](Self::is_fresh), and its idle time counts from now.
    pub fn park_used(mut self) {
        self.leave(false, None);
    }

    /// Like [`Self::park_used`]; once another connection of the worker begins to work, this is that one. False
    /// where enough tasks wait already, and when the server drains: then this is without a connection.
    ///
    /// For a protocol whose state is dear to make and fit for the next connection as it is. What was
    /// learnt from one peer must not reach another: that is the caller's to see to.
    pub async fn park_for_next(&mut self) -> bool {
        self.leave(false, None);
        poll_fn(|cx| self.poll_next(cx)).await
            && (!self.is_to_be_introduced() || Box::pin(introduction::receive(self)).await)
    }

    #[inline]
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let Some((io, is_fresh)) = ready!(self.seat.poll_next(cx)) else {
            return Poll::Ready(false);
        };
        let Some(ends) = self.seat.ends(&io) else { return Poll::Ready(false) };
        self.io = Some(io);
        self.ends = ends;
        self.is_fresh = is_fresh;
        Poll::Ready(true)
    }

    /// Leaves a connection that has left the protocol of its service, as a WebSocket has, to the reactor.
    /// When bytes come, or it is [called](Caller::call), `resume` goes on with it, and not
    /// [`Serve::serve`](crate::Serve::serve).
    ///
    /// Otherwise as [`Self::park`].
    pub fn park_as(mut self, resume: Arc<dyn Resume>) {
        self.leave(false, Some(resume));
    }

    fn leave(&mut self, is_fresh: bool, resume: Option<Arc<dyn Resume>>) {
        if let Some(io) = self.io.take() {
            self.seat.park(io, self.ends, is_fresh, resume);
        }
    }

    /// Calls for the work on this connection as long as it is there, whether it is parked or not.
    #[must_use]
    pub fn caller(&self) -> Caller {
        self.seat.caller()
    }

    /// Ready where the connection was [called](Caller::call) since the last time, or before it was
    /// resumed. Otherwise the task is woken when it is, or when bytes come.
    pub fn poll_called(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.seat.readiness().poll_called(cx)
    }

    /// Is this the connection of a proxy that has not told yet whose it is?
    #[inline]
    pub(crate) fn is_to_be_introduced(&self) -> bool {
        self.seat.is_to_be_introduced(self.ends.peer)
    }

    /// Takes the ends that a proxy tells; none: they are what the kernel says. False if that peer
    /// holds as many connections as it may.
    pub(crate) fn introduce(&mut self, ends: Option<Ends>) -> bool {
        self.ends = ends.unwrap_or(self.ends);
        self.seat.introduce(ends.map(|ends| ends.peer.ip()))
    }

    pub(crate) fn tally(&self) -> &Tally {
        self.seat.tally()
    }

    /// What is there to read, without taking it, once it is more than `seen` bytes; as many as
    /// before where no more comes.
    pub(crate) fn poll_peek(
        &self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
        seen: usize,
    ) -> Poll<io::Result<usize>> {
        let readiness = self.seat.readiness();
        let Some(io) = &self.io else { return Poll::Ready(not_connected()) };
        loop {
            let bits = ready!(readiness.poll_readable(cx));
            match io.peek(buf) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // The kernel will tell of more.
                Ok(peeked) if peeked == seen && bits & !READABLE == 0 && peeked > 0 => {}
                peeked => {
                    readiness.restore(bits);
                    return Poll::Ready(peeked);
                }
            }
        }
    }

    /// How the peer is, without reading. The task is woken when that changes, or when bytes come.
    pub fn poll_peer(&self, cx: &mut Context<'_>) -> Peer {
        self.seat.readiness().poll_peer(cx)
    }

    /// Reads what is there into `buf` and says how many bytes came; 0 means that the peer has
    /// finished writing (or that `buf` is empty). When nothing is there, the task is woken later.
    ///
    /// # Errors
    /// Those of the socket, a reset by the peer first among them.
    #[inline]
    pub fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        if buf.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let readiness = self.seat.readiness();
        let Some(io) = &self.io else { return Poll::Ready(not_connected()) };
        loop {
            let bits = ready!(readiness.poll_readable(cx));
            // A peer that sends without end leaves the others their turn.
            let Poll::Ready(budget) = poll_proceed(cx) else {
                readiness.restore(bits);
                return Poll::Pending;
            };
            budget.made_progress();
            match recv(io, &mut *buf) {
                Ok(read) => {
                    // A full buffer may have left something; an end is there at every read. After
                    // less than there was room for, the kernel tells anew of what comes.
                    let mut still = bits & !READABLE;
                    if read == buf.len() {
                        still |= READABLE;
                    }
                    if read == 0 {
                        still |= PEER_FINISHED;
                    }
                    if still != 0 {
                        readiness.restore(still);
                    }
                    return Poll::Ready(Ok(read));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                    readiness.restore(bits);
                }
                Err(error) => {
                    readiness.restore(bits);
                    return Poll::Ready(Err(error));
                }
            }
        }
    }

    /// Writes what the socket takes of `buf` and says how many bytes it took.
    ///
    /// # Errors
    /// Those of the socket: a broken pipe or a reset when the peer is gone.
    #[inline]
    pub fn poll_write(&mut self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_io(cx, |io| send(io, buf))
    }

    /// Like [`Stream::poll_write`] for several buffers in one system call.
    ///
    /// # Errors
    /// As for [`Stream::poll_write`].
    #[inline]
    pub fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_io(cx, |io| io.write_vectored(bufs))
    }

    /// Lets the kernel write what the socket takes of `slice`, and takes that off it. 0 means that the file
    /// ends before the slice does.
    ///
    /// A part of the file that the kernel has not in memory is waited for, and the thread with it.
    ///
    /// # Errors
    /// As for [`Stream::poll_write`]; and where the file cannot be read, or the system sends none
    /// ([`Unsupported`](io::ErrorKind::Unsupported)).
    pub fn poll_send_file(
        &mut self,
        cx: &mut Context<'_>,
        slice: &mut FileSlice,
    ) -> Poll<io::Result<usize>> {
        let sent = ready!(self.poll_io(cx, |io| send_file(io, slice)))?;
        slice.advance(sent as u64);
        Poll::Ready(Ok(sent))
    }

    /// Shuts the writing half: the peer reads what was written and then the end. Reading goes on.
    ///
    /// # Errors
    /// When the connection is gone already.
    #[inline]
    pub fn poll_shutdown(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.io.as_ref().map_or_else(not_connected, |io| io.shutdown(Shutdown::Write)))
    }

    /// A socket nearly always takes what it is given: readiness is asked only when it does not.
    #[inline]
    fn poll_io(
        &mut self,
        cx: &mut Context<'_>,
        mut write: impl FnMut(&mut TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let Some(io) = &mut self.io else { return Poll::Ready(not_connected()) };
        loop {
            match write(io) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.seat.readiness().poll_writable(cx));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return Poll::Ready(result),
            }
        }
    }
}

/// The stream was parked, and no other connection has come.
#[cold]
fn not_connected<T>() -> io::Result<T> {
    Err(io::ErrorKind::NotConnected.into())
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("peer", &self.ends.peer)
            .field("local", &self.ends.local)
            .field("is_fresh", &self.is_fresh)
            .finish_non_exhaustive()
    }
}
