//! WebSockets as handlers of routes.

use std::fmt;
use std::sync::Arc;

use highper_core::{FromRequest, Handler, IntoResponse, Request, Response};
use highper_http::Upgrade;

use crate::client::{Service, Spares};
use crate::deflate::Agreed;
use crate::driver::Driver;
use crate::sender::Linked;
use crate::{Events, Sender, WebSocketSettings, handshake};

/// A route that opens WebSockets, whose connections park while nothing happens on them.
///
/// Requests that may not open one are refused as RFC 6455 wants it: 426 with what is spoken here, 403 for
/// pages of other origins, 400 for the rest.
pub struct WebSocket<E: Events> {
    service: Arc<Service<E>>,
    spares: Arc<Spares<E>>,
}

impl<E: Events> WebSocket<E> {
    /// With the default settings.
    #[must_use]
    pub fn new(events: E) -> Self {
        Self::with(events, WebSocketSettings::default())
    }

    /// With these settings.
    #[must_use]
    pub fn with(events: E, settings: WebSocketSettings) -> Self {
        let service = Arc::new(Service { events, settings });
        Self { service, spares: Arc::new(Spares::new()) }
    }
}

impl<E: Events> Handler for WebSocket<E> {
    async fn call(&self, mut request: Request) -> Response {
        let Opened { answer, agreed, upgrade } =
            match open(&mut request, &self.service.settings).await {
                Ok(opened) => opened,
                Err(refusal) => return refusal,
            };
        let client = self.spares.take(&self.service);
        client.link().agree(agreed);
        let sender = Sender::new(Arc::clone(&client) as Arc<dyn Linked>);
        let state = match self.service.events.on_open(request, &sender).await {
            Ok(state) => state,
            Err(error) => return error.into_response(),
        };
        let service = Arc::clone(&self.service);
        tokio::spawn(async move {
            match upgrade.established().await {
                Ok(upgraded) => {
                    let driver = Driver::new(upgraded, client.link(), &service.settings);
                    client.work(driver, state).await;
                }
                // The client was gone before it had the answer.
                Err(_) => {
                    client.link().end();
                    service.events.on_close(state, None).await;
                }
            }
        });
        answer
    }
}

/// A WebSocket that is about to be.
pub(crate) struct Opened {
    pub(crate) answer: Response,
    pub(crate) agreed: Option<Agreed>,
    pub(crate) upgrade: Upgrade,
}

/// Opens a WebSocket, or refuses to.
pub(crate) async fn open(
    request: &mut Request,
    settings: &WebSocketSettings,
) -> Result<Opened, Response> {
    let (answer, agreed) = handshake::answer(request, settings)?;
    match Upgrade::from_request(&(), request).await {
        Ok(upgrade) => Ok(Opened { answer, agreed, upgrade }),
        Err(error) => Err(error.into_response()),
    }
}

impl<E: Events> Clone for WebSocket<E> {
    fn clone(&self) -> Self {
        Self { service: Arc::clone(&self.service), spares: Arc::clone(&self.spares) }
    }
}

impl<E: Events> fmt::Debug for WebSocket<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WebSocket").field(&self.service.settings).finish()
    }
}
