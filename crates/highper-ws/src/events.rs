//! A WebSocket as events.

use highper_core::{Error, Request};

use crate::{CloseFrame, Message, Sender};

/// What an application does with WebSockets: one value for all connections, and a state for each.
///
/// A connection on which nothing happens is parked: its socket, the state and a few bytes are all that
/// is left of it. Keep the state small, and box what is large and seldom there.
///
/// # Example
/// ```
/// use highper_core::{Error, Request};
/// use highper_ws::{Events, Message, Sender, WebSocket};
///
/// /// Counts the messages of each client.
/// struct Counter;
///
/// impl Events for Counter {
///     type State = u64;
///
///     async fn on_open(&self, _: Request, _: &Sender) -> Result<u64, Error> {
///         Ok(0)
///     }
///
///     async fn on_message(&self, count: &mut u64, sender: &Sender, _: Message) {
///         *count += 1;
///         // It fails only where the client is gone.
///         let _ = sender.send(count.to_string()).await;
///     }
/// }
///
/// // router.get("/count", WebSocket::new(Counter))
/// # let _ = WebSocket::new(Counter);
/// ```
pub trait Events: Send + Sync + 'static {
    /// What is kept of a connection.
    type State: Send + 'static;

    /// A client asks for a WebSocket. What is sent here goes out once it is open.
    ///
    /// # Errors
    /// The client gets the error as the answer to its request, and no WebSocket.
    fn on_open(
        &self,
        request: Request,
        sender: &Sender,
    ) -> impl Future<Output = Result<Self::State, Error>> + Send;

    /// A message has come. The next one of this client waits until this is done; a panic closes the
    /// connection with 1011.
    fn on_message(
        &self,
        state: &mut Self::State,
        sender: &Sender,
        message: Message,
    ) -> impl Future<Output = ()> + Send;

    /// The connection is over: with what was told first, by either side, or without a word.
    fn on_close(
        &self,
        state: Self::State,
        close: Option<CloseFrame>,
    ) -> impl Future<Output = ()> + Send {
        drop((state, close));
        std::future::ready(())
    }

    /// The server ends. What is sent here goes out before the connection is closed with 1001.
    fn on_drain(
        &self,
        state: &mut Self::State,
        sender: &Sender,
    ) -> impl Future<Output = ()> + Send {
        let _ = (state, sender);
        std::future::ready(())
    }
}
