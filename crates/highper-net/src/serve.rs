//! What a server does with each connection.

use crate::{Drain, ParkedTimeouts, Stream};

/// What a server does with each connection.
///
/// Implemented by every `Fn(Stream, Drain) -> impl Future<Output = ()>`, so that an `async fn`
/// does for a small protocol; a type of its own carries what the protocol needs.
///
/// # Example
/// ```
/// use highper_net::{Drain, Serve, Stream};
/// use tokio::io::AsyncWriteExt;
///
/// struct Greeter {
///     words: &'static [u8],
/// }
///
/// impl Serve for Greeter {
///     fn serve(&self, mut stream: Stream, _drain: Drain) -> impl Future<Output = ()> + Send + 'static {
///         let words = self.words;
///         async move {
///             // The peer may be gone already: nothing to do about it.
///             let _ = stream.write_all(words).await;
///         }
///     }
/// }
/// ```
pub trait Serve: Send + Sync + 'static {
    /// Serves one connection to its end.
    ///
    /// The future runs as a task of the worker which accepted the connection. It should end soon
    /// after `drain` has started; what still runs at the end of the drain time is dropped. A panic
    /// ends this connection alone.
    fn serve(&self, stream: Stream, drain: Drain) -> impl Future<Output = ()> + Send + 'static;

    /// Does it speak TLS, unless [`Stream::scheme`] says that it is not to? The default is that it does
    /// not, and then a server with an `https://` address does not start.
    fn speaks_tls(&self) -> bool {
        false
    }

    /// How long connections may be parked; None, the default: they never are.
    ///
    /// With it, a connection begins parked: [`Self::serve`] is called when its first byte is there.
    /// Fit for every protocol in which the client speaks first. `serve` may then leave a quiet
    /// connection by [`Stream::park`], and is called again when it is quiet no more.
    fn parked_timeouts(&self) -> Option<ParkedTimeouts> {
        None
    }
}

impl<F, Answer> Serve for F
where
    F: Fn(Stream, Drain) -> Answer + Send + Sync + 'static,
    Answer: Future<Output = ()> + Send + 'static,
{
    fn serve(&self, stream: Stream, drain: Drain) -> impl Future<Output = ()> + Send + 'static {
        self(stream, drain)
    }
}

/// A service whose connections park: a function, and how long they may.
///
/// For protocols in which the client speaks first. The function is called for a connection that has
/// bytes to read, and may leave it by [`Stream::park_used`] when nothing of it is buffered.
///
/// # Example
/// An echo server that keeps nothing of a quiet connection in memory:
/// ```
/// use std::{future::poll_fn, task::Poll, time::Duration};
/// use highper_net::{Drain, ParkedTimeouts, Parks, Server, Stream};
/// use tokio::io::AsyncWriteExt;
///
/// async fn echo(mut stream: Stream, _: Drain) {
///     let mut bytes = [0; 1024];
///     loop {
///         let read = poll_fn(|cx| match stream.poll_read(cx, &mut bytes) {
///             // Nothing is there: the reactor may have it until something is.
///             Poll::Pending if stream.is_park_wanted() => Poll::Ready(None),
///             read => read.map(Some),
///         });
///         match read.await {
///             None => return stream.park_used(),
///             Some(Ok(count @ 1..)) if stream.write_all(&bytes[..count]).await.is_ok() => {}
///             Some(_) => return,
///         }
///     }
/// }
///
/// # async fn run() -> Result<(), highper_net::Error> {
/// let minute = Duration::from_secs(60);
/// let service = Parks::new(echo, ParkedTimeouts { first_byte: minute, idle: minute * 60 });
/// Server::builder().listen("127.0.0.1:7").build()?.run(service).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Parks<F> {
    serve: F,
    timeouts: ParkedTimeouts,
}

impl<F> Parks<F> {
    /// `serve` is called as [`Serve::serve`] is.
    pub fn new(serve: F, timeouts: ParkedTimeouts) -> Self {
        Self { serve, timeouts }
    }
}

impl<S: Serve> Serve for Parks<S> {
    fn serve(&self, stream: Stream, drain: Drain) -> impl Future<Output = ()> + Send + 'static {
        self.serve.serve(stream, drain)
    }

    fn speaks_tls(&self) -> bool {
        self.serve.speaks_tls()
    }

    fn parked_timeouts(&self) -> Option<ParkedTimeouts> {
        Some(self.timeouts)
    }
}
