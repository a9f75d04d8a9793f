//! The page by WebSocket. A connection of a page on which nothing happens is parked.

use std::sync::Arc;

use highper::prelude::*;
use highper::router::IntoHandler;
use highper::ws::{Events, Message, Overflow, Sender, WebSocket, WebSocketSettings};
use highper::{Container, FromRequest, MissingBinding};

use super::orders::Orders;
use super::visit::Visit;

/// The route of the WebSocket; the orders come from the container.
pub(crate) struct Socket;

impl IntoHandler<Socket> for Socket {
    type Handler = WebSocket<Page>;

    fn into_handler(self, container: &Container) -> Result<Self::Handler, MissingBinding> {
        let orders = Inject::<Orders>::bind(container)?;
        let mut settings = WebSocketSettings::default();
        settings.max_message = MAX_MESSAGE_BYTES;
        settings.message_rate = Some(MAX_MESSAGES_PER_SECOND);
        // A page that has missed an order shows what is wrong; one that comes again gets what there is.
        settings.overflow = Overflow::Close;
        Ok(WebSocket::with(Page { orders }, settings))
    }
}

/// The page listens: orders are posted, so that they are taken without a WebSocket too.
pub(crate) struct Page {
    orders: Arc<Orders>,
}

/// Nothing is expected of a page.
const MAX_MESSAGE_BYTES: usize = 128;

const MAX_MESSAGES_PER_SECOND: u32 = 1;

impl Events for Page {
    type State = Visit;

    async fn on_open(&self, _: Request, sender: &Sender) -> Result<Visit, Error> {
        Visit::by_socket(&self.orders, sender)
    }

    async fn on_message(&self, _: &mut Visit, _: &Sender, _: Message) {}
}
