//! A WebSocket as a stream of messages, with a task of its own.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use highper_core::{Handler, Request, Response};
use highper_http::Upgraded;

use crate::driver::Driver;
use crate::link::Link;
use crate::sender::Linked;
use crate::step::Step;
use crate::websocket::{Opened, open};
use crate::{CloseCode, CloseFrame, Frame, Message, SendError, Sender, WebSocketSettings};

/// A route that opens WebSockets, each with a task that reads and writes it.
///
/// Such a connection does not park: where very many are idle, [`WebSocket`](crate::WebSocket) takes a
/// hundredth of the memory.
///
/// # Example
/// ```
/// use highper_ws::{Socket, SocketHandler};
///
/// let echo = SocketHandler::new(async |mut socket: Socket| {
///     while let Some(message) = socket.recv().await {
///         if socket.send(message).await.is_err() {
///             break;
///         }
///     }
/// });
/// // router.get("/echo", echo)
/// # let _ = echo;
/// ```
pub struct SocketHandler<F> {
    serve: Arc<F>,
    settings: Arc<WebSocketSettings>,
}

/// A WebSocket of a [`SocketHandler`]. It is closed with 1000 when the task is done with it, and with 1011
/// where that panics.
pub struct Socket {
    /// None once it is over.
    driver: Option<Driver>,
    free: Arc<Free>,
    request: Request,
    close: Option<CloseFrame>,
}

/// What a socket shares with its senders.
struct Free {
    link: Link,
    settings: Arc<WebSocketSettings>,
}

impl Linked for Free {
    fn link(&self) -> &Link {
        &self.link
    }

    fn settings(&self) -> &WebSocketSettings {
        &self.settings
    }
}

impl<F, Done> SocketHandler<F>
where
    F: Fn(Socket) -> Done + Send + Sync + 'static,
    Done: Future<Output = ()> + Send + 'static,
{
    /// Each WebSocket is given to `serve`, with the default settings.
    #[must_use]
    pub fn new(serve: F) -> Self {
        Self::with(serve, WebSocketSettings::default())
    }

    /// With these settings.
    #[must_use]
    pub fn with(serve: F, settings: WebSocketSettings) -> Self {
        Self { serve: Arc::new(serve), settings: Arc::new(settings) }
    }
}

impl<F, Done> Handler for SocketHandler<F>
where
    F: Fn(Socket) -> Done + Send + Sync + 'static,
    Done: Future<Output = ()> + Send + 'static,
{
    async fn call(&self, mut request: Request) -> Response {
        let Opened { answer, agreed, upgrade } = match open(&mut request, &self.settings).await {
            Ok(opened) => opened,
            Err(refusal) => return refusal,
        };
        let free = Arc::new(Free { link: Link::default(), settings: Arc::clone(&self.settings) });
        free.link.agree(agreed);
        let serve = Arc::clone(&self.serve);
        tokio::spawn(async move {
            // Otherwise the client was gone before it had the answer.
            if let Ok(upgraded) = upgrade.established().await {
                serve(Socket::new(upgraded, request, free)).await;
            }
        });
        answer
    }
}

impl Socket {
    fn new(upgraded: Upgraded, request: Request, free: Arc<Free>) -> Self {
        let driver = Driver::new(upgraded, &free.link, &free.settings).unparked();
        Self { driver: Some(driver), free, request, close: None }
    }

    /// The request that has opened it.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The next message; None once the WebSocket is over. What other [senders](Self::sender) have queued
    /// goes out while this is awaited. Cancel-safe.
    pub async fn recv(&mut self) -> Option<Message> {
        poll_fn(|cx| {
            loop {
                let Some(driver) = &mut self.driver else { return Poll::Ready(None) };
                match ready!(driver.poll_step(&self.free.link, &self.free.settings, cx)) {
                    Step::Message(message) => return Poll::Ready(Some(message)),
                    Step::Drain => self.close(CloseCode::GOING_AWAY, "the server ends"),
                    Step::Park => {}
                    Step::Ended(close) => {
                        self.close = close;
                        self.driver = None;
                        self.free.link.end();
                    }
                }
            }
        })
        .await
    }

    /// Sends a message, and waits until the operating system has it.
    ///
    /// # Errors
    /// If the WebSocket is closed, or its client reads nothing for two heartbeats.
    pub async fn send(&mut self, message: impl Into<Message>) -> Result<(), SendError> {
        let frame = Frame::from(message.into());
        let sender = self.sender();
        let mut queued = false;
        poll_fn(|cx| {
            loop {
                let Some(driver) = &mut self.driver else {
                    return Poll::Ready(Err(SendError::Closed));
                };
                if !queued {
                    match sender.try_send_frame(&frame) {
                        Ok(()) => queued = true,
                        Err(SendError::Full) => {}
                        closed => return Poll::Ready(closed),
                    }
                }
                match driver.poll_output(&self.free.link, cx) {
                    Ok(true) if queued => return Poll::Ready(Ok(())),
                    Ok(true) => {}
                    Ok(false) => {
                        ready!(driver.poll_stuck(&self.free.settings, cx));
                        return Poll::Ready(Err(SendError::Closed));
                    }
                    Err(_) => return Poll::Ready(Err(SendError::Closed)),
                }
            }
        })
        .await
    }

    /// Sends on this connection from elsewhere.
    #[must_use]
    pub fn sender(&self) -> Sender {
        Sender::new(Arc::clone(&self.free) as Arc<dyn Linked>)
    }

    /// Closes the WebSocket once what was sent before is there; [`recv`](Self::recv) goes on until the
    /// client has answered.
    pub fn close(&self, code: CloseCode, reason: &str) {
        self.free.link.close(CloseFrame::new(code, reason));
    }

    /// What was told first when it was closed, by either side.
    #[must_use]
    pub fn close_frame(&self) -> Option<&CloseFrame> {
        self.close.as_ref()
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let Some(mut driver) = self.driver.take() else { return };
        match std::thread::panicking() {
            true => self.close(CloseCode::INTERNAL_ERROR, "the server has failed"),
            false => self.close(CloseCode::NORMAL, ""),
        }
        let free = Arc::clone(&self.free);
        // Outside of a runtime there is nobody to say goodbye.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            let mut step = |cx: &mut Context<'_>| driver.poll_step(&free.link, &free.settings, cx);
            while !matches!(poll_fn(&mut step).await, Step::Ended(_)) {}
            free.link.end();
        });
    }
}

impl<F> fmt::Debug for SocketHandler<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SocketHandler").field(&self.settings).finish()
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").field("close", &self.close).finish_non_exhaustive()
    }
}
