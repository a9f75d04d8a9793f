//! Server-sent events: an answer that goes on for as long as there is something to tell.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use highper_core::{
    Body, BoxError, Container, Error, FromRequest, IntoResponse, MissingBinding, Request, Response,
};
use highper_net::Drain;
use http::HeaderValue;
use http_body::{Body as HttpBody, Frame};
use tokio::time::{Instant, Sleep, sleep};

/// One event, or a comment (HTML, section 9.2).
///
/// # Example
/// ```
/// use highper_http::ServerEvent;
///
/// let event = ServerEvent::data("Dune\n7 left").name("stock")?.id("42")?;
/// assert_eq!(event.to_string(), "event: stock\nid: 42\ndata: Dune\ndata: 7 left\n\n");
/// # Ok::<(), highper_http::ServerEventError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerEvent {
    comment: Option<String>,
    name: Option<String>,
    id: Option<String>,
    retry: Option<Duration>,
    data: Option<String>,
}

/// A name or an id of an event that holds a line break or a NUL, with which it would be another event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerEventError(&'static str);

impl ServerEvent {
    /// An event with this text, which may have several lines.
    #[must_use]
    pub fn data(text: impl Into<String>) -> Self {
        Self { data: Some(text.into()), ..Self::default() }
    }

    /// A comment, which clients pass over.
    #[must_use]
    pub fn comment(text: impl Into<String>) -> Self {
        Self { comment: Some(text.into()), ..Self::default() }
    }

    /// Names the kind of the event: `message` where it has none.
    ///
    /// # Errors
    /// If the name holds a line break or a NUL.
    pub fn name(mut self, name: &str) -> Result<Self, ServerEventError> {
        self.name = Some(one_line(name, "the name of an event")?);
        Ok(self)
    }

    /// The id that the client sends when it comes again; see [`LastEventId`].
    ///
    /// # Errors
    /// If the id holds a line break or a NUL.
    pub fn id(mut self, id: &str) -> Result<Self, ServerEventError> {
        self.id = Some(one_line(id, "the id of an event")?);
        Ok(self)
    }

    /// How long the client is to wait before it comes again, in whole milliseconds.
    #[must_use]
    pub fn retry(mut self, time: Duration) -> Self {
        self.retry = Some(time);
        self
    }
}

fn one_line(text: &str, what: &'static str) -> Result<String, ServerEventError> {
    match text.contains(['\r', '\n', '\0']) {
        true => Err(ServerEventError(what)),
        false => Ok(text.to_owned()),
    }
}

/// As it goes over the wire.
impl fmt::Display for ServerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = |field: &str, text: &str| {
            // Each of the three ends a line there.
            let text = text.replace("\r\n", "\n").replace('\r', "\n");
            text.split('\n').try_for_each(|line| writeln!(f, "{field}: {line}"))
        };
        if let Some(comment) = &self.comment {
            lines("", comment)?;
        }
        for (field, text) in [("event", &self.name), ("id", &self.id)] {
            if let Some(text) = text {
                lines(field, text)?;
            }
        }
        if let Some(time) = self.retry {
            lines("retry", &time.as_millis().to_string())?;
        }
        if let Some(data) = &self.data {
            lines("data", data)?;
        }
        writeln!(f)
    }
}

impl fmt::Display for ServerEventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} holds a line break or a NUL", self.0)
    }
}

impl std::error::Error for ServerEventError {}

/// An answer of events: the next one is asked for once the client has taken the one before. It ends with
/// the stream, with the client, and when the server ends, whose clients then come again to another.
///
/// # Example
/// ```
/// use highper_core::{IntoResponse, Response};
/// use highper_http::{ServerEvent, ServerEvents};
/// # fn news() -> impl futures_core::Stream<Item = ServerEvent> + Send + 'static { tokio_stream() }
/// # fn tokio_stream() -> std::pin::Pin<Box<dyn futures_core::Stream<Item = ServerEvent> + Send>> { unimplemented!() }
///
/// async fn stock() -> Response {
///     ServerEvents::new(news()).into_response()
/// }
/// ```
#[derive(Debug)]
pub struct ServerEvents<S> {
    stream: S,
    keep_alive: Duration,
}

impl<S> ServerEvents<S>
where
    S: Stream<Item = ServerEvent> + Send + 'static,
{
    /// The events of a stream.
    #[must_use]
    pub fn new(stream: S) -> Self {
        Self { stream, keep_alive: KEEP_ALIVE }
    }

    /// Sends a comment after so long without an event, so that whoever is in between does not give the
    /// connection up. Default: 15 s.
    #[must_use]
    pub fn keep_alive(mut self, time: Duration) -> Self {
        self.keep_alive = time;
        self
    }
}

const KEEP_ALIVE: Duration = Duration::from_secs(15);

impl<S> IntoResponse for ServerEvents<S>
where
    S: Stream<Item = ServerEvent> + Send + 'static,
{
    fn into_response(self) -> Response {
        let drain = Drain::of_this_worker();
        let body = EventBody {
            stream: Box::pin(self.stream),
            keep_alive: self.keep_alive,
            timer: None,
            ending: Box::pin(async move { drain.ending().await }),
        };
        let events = HeaderValue::from_static("text/event-stream");
        let response = Response::typed(events, Body::wrap(body));
        // nginx would keep them until it has 4 KiB.
        response.with_header("cache-control", "no-store").with_header("x-accel-buffering", "no")
    }
}

struct EventBody<S> {
    stream: Pin<Box<S>>,
    keep_alive: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    ending: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl<S: Stream<Item = ServerEvent>> HttpBody for EventBody<S> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.ending.as_mut().poll(cx).is_ready() {
            return Poll::Ready(None);
        }
        let time = self.keep_alive;
        if let Poll::Ready(event) = self.stream.as_mut().poll_next(cx) {
            if let Some(timer) = &mut self.timer {
                timer.as_mut().reset(Instant::now() + time);
            }
            return Poll::Ready(event.map(|event| Ok(Frame::data(event.to_string().into()))));
        }
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(time)));
        std::task::ready!(timer.as_mut().poll(cx));
        timer.as_mut().reset(Instant::now() + time);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b":\n\n")))))
    }
}

/// The id of the last event that a client has seen, which comes again: go on after that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastEventId(pub Option<String>);

impl FromRequest for LastEventId {
    type Bound = ();
    type Rejection = Error;

    fn bind(_: &Container) -> Result<(), MissingBinding> {
        Ok(())
    }

    async fn from_request((): &(), request: &mut Request) -> Result<Self, Error> {
        let value = request.header("last-event-id");
        let text = value.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        Ok(Self(text.filter(|text| !text.is_empty())))
    }
}
