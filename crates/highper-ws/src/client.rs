//! One connection of an event-driven WebSocket, hot or parked.

use std::future::poll_fn;
use std::io;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use futures_util::FutureExt;
use highper_net::{Drain, Resume, Stream};

use crate::deflate::Kept;
use crate::driver::Driver;
use crate::link::Link;
use crate::sender::Linked;
use crate::step::Step;
use crate::{CloseCode, CloseFrame, Events, Sender, WebSocketSettings};

/// What all connections of a route have in common.
#[derive(Debug)]
pub(crate) struct Service<E> {
    pub(crate) events: E,
    pub(crate) settings: WebSocketSettings,
}

/// One connection: all that is left of it while it is parked, in one allocation.
pub(crate) struct Client<E: Events> {
    link: Link,
    service: Arc<Service<E>>,
    /// Here while it is parked.
    state: Mutex<Option<(E::State, Kept)>>,
}

/// Clients that are made and not used yet.
///
/// A client outlives what is allocated around it: among the buffers and tasks of requests each would pin
/// the memory between it and the next. So many are made at once, side by side.
pub(crate) struct Spares<E: Events>(Mutex<Made<E>>);

struct Made<E: Events> {
    spare: Vec<Arc<Client<E>>>,
    /// How many are made at once next.
    batch: usize,
}

impl<E: Events> Spares<E> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Made { spare: Vec::new(), batch: 1 }))
    }

    pub(crate) fn take(&self, service: &Arc<Service<E>>) -> Arc<Client<E>> {
        // Nothing panics while it is held.
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = made.spare.pop() {
            return client;
        }
        let batch = made.batch;
        made.batch = (2 * batch).min(MAX_BATCH);
        made.spare.extend((1..batch).map(|_| Arc::new(Client::new(service))));
        Arc::new(Client::new(service))
    }
}

/// Few connections take few, and very many so many at once.
const MAX_BATCH: usize = 1024;

impl<E: Events> Client<E> {
    fn new(service: &Arc<Service<E>>) -> Self {
        Self { link: Link::default(), service: Arc::clone(service), state: Mutex::new(None) }
    }

    pub(crate) fn link(&self) -> &Link {
        &self.link
    }

    /// Works on the connection until it ends or parks.
    pub(crate) async fn work(self: Arc<Self>, mut driver: Driver, mut state: E::State) {
        let Service { events, settings } = &*self.service;
        let sender = Sender::new(Arc::clone(&self) as Arc<dyn Linked>);
        loop {
            match poll_fn(|cx| driver.poll_step(&self.link, settings, cx)).await {
                Step::Message(message) => {
                    self.handle(&mut driver, events.on_message(&mut state, &sender, message)).await;
                }
                Step::Drain => {
                    self.handle(&mut driver, events.on_drain(&mut state, &sender)).await;
                    sender.close(CloseCode::GOING_AWAY, "the server ends");
                }
                Step::Park => {
                    let keep = |kept| {
                        let mut place = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                        *place = Some((state, kept));
                    };
                    self.link.slim();
                    return driver.park(keep, self.clone());
                }
                Step::Ended(close) => {
                    self.link.end();
                    return events.on_close(state, close).await;
                }
            }
        }
    }

    /// Runs a handler, which may wait until what it sends has left.
    async fn handle(&self, driver: &mut Driver, handler: impl Future<Output = ()> + Send) {
        let mut handler = pin!(AssertUnwindSafe(handler).catch_unwind());
        let result = poll_fn(|cx| {
            loop {
                if let Poll::Ready(result) = handler.as_mut().poll(cx) {
                    return Poll::Ready(result);
                }
                match driver.poll_output(&self.link, cx) {
                    Ok(true) => {
                        if driver.poll_called(&self.link, cx).is_pending() && self.link.rest() {
                            return Poll::Pending;
                        }
                    }
                    Ok(false) if driver.poll_stuck(&self.service.settings, cx).is_pending() => {
                        return Poll::Pending;
                    }
                    // Whoever waits for room hears that there will be none.
                    Ok(false) | Err(_) => {
                        self.link.end();
                        return handler.as_mut().poll(cx);
                    }
                }
            }
        });
        if result.await.is_err() {
            // Its text and place were told where it happened.
            tracing::error!("a handler of a WebSocket has panicked: closed with 1011");
            driver.close(CloseFrame::new(CloseCode::INTERNAL_ERROR, "the server has failed"));
        }
    }

    fn take_state(&self) -> Option<(E::State, Kept)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<E: Events> Linked for Client<E> {
    fn link(&self) -> &Link {
        &self.link
    }

    fn settings(&self) -> &WebSocketSettings {
        &self.service.settings
    }
}

impl<E: Events> Resume for Client<E> {
    fn resume(
        self: Arc<Self>,
        stream: Stream,
        drain: Drain,
    ) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            if let Some((state, kept)) = self.take_state() {
                let settings = &self.service.settings;
                let driver = Driver::resumed(stream, drain, kept, &self.link, settings);
                self.work(driver, state).await;
            }
        })
    }

    fn write(&self, socket: &mut dyn io::Write) -> bool {
        self.link.write_to(socket)
    }

    fn closed(self: Arc<Self>) {
        self.link.end();
        if let Some((state, _)) = self.take_state() {
            tokio::spawn(async move { self.service.events.on_close(state, None).await });
        }
    }
}
