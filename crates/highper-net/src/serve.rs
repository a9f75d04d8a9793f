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
