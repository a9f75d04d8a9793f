//! The orders of the shop, and who looks at them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use highper::ws::Channels;
use serde::Serialize;
use tokio::sync::watch;

use super::backlog::{Backlog, Order};
use crate::catalogue::{Catalogue, Unavailable};

/// Takes orders, and tells everybody who looks.
pub(crate) struct Orders {
    pub(super) catalogue: Arc<Catalogue>,
    /// Those who look by WebSocket.
    pub(super) channels: Channels,
    /// Wakes those who look by server-sent events.
    pub(super) changes: watch::Sender<()>,
    floor: Mutex<Floor>,
}

/// What everybody sees. Whoever tells others of a change holds its lock, so that all see the same order.
pub(super) struct Floor {
    pub(super) backlog: Backlog,
    /// How many look.
    pub(super) people: usize,
}

/// What a page is told, in JSON.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum News<'a> {
    /// All there is: for who comes, and for who was away for too long.
    Snapshot {
        people: usize,
        stock: Vec<(u32, u32)>,
        orders: Vec<&'a Order>,
    },
    Order(&'a Order),
    People {
        people: usize,
    },
}

/// The channel that the pages are in.
pub(super) const CHANNEL: &str = "live";

/// A page shows so many books.
pub(super) const MAX_SHOWN_BOOKS: usize = 50;

/// More are not told one by one: each who comes would be told to all.
const MAX_COUNTED_PEOPLE: usize = 100;

/// Characters of a title that are shown with an order.
const MAX_TITLE: usize = 80;

impl Orders {
    pub(crate) fn new(catalogue: Arc<Catalogue>) -> Self {
        let started = UNIX_EPOCH.elapsed().unwrap_or_default();
        let epoch = u64::try_from(started.as_micros()).unwrap_or_default();
        Self {
            catalogue,
            channels: Channels::default(),
            changes: watch::Sender::new(()),
            floor: Mutex::new(Floor { backlog: Backlog::new(epoch), people: 0 }),
        }
    }

    /// Takes a copy of the book off the shelf, and tells everybody.
    pub(crate) fn place(&self, book: u32, customer: String) -> Result<(), Unavailable> {
        let mut floor = self.floor();
        let (book, left) = self.catalogue.take(book)?;
        let title = book.details.title.chars().take(MAX_TITLE).collect();
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let order = Order { id: String::new(), book: book.id, title, customer, left, at };
        let order = floor.backlog.push(order);
        self.tell(&News::Order(order));
        Ok(())
    }

    /// The last orders, the newest first.
    pub(crate) fn last(&self) -> Vec<Order> {
        self.floor().backlog.orders().iter().rev().cloned().collect()
    }

    /// To all who look, none of whom is waited for. The floor is locked.
    pub(super) fn tell(&self, news: &News<'_>) {
        self.channels.broadcast(CHANNEL, news.to_json());
        self.changes.send_replace(());
    }

    /// As the floor is now.
    pub(super) fn snapshot<'a>(&self, floor: &'a Floor) -> News<'a> {
        let stock = self.catalogue.stock(MAX_SHOWN_BOOKS);
        News::Snapshot {
            people: floor.shown_people(),
            stock: stock.into_iter().map(|(book, left)| (book.id, left)).collect(),
            orders: floor.backlog.orders().iter().collect(),
        }
    }

    pub(super) fn floor(&self) -> MutexGuard<'_, Floor> {
        // Nothing panics while it is held.
        self.floor.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Floor {
    /// One more than are counted stands for any number of them.
    pub(super) fn shown_people(&self) -> usize {
        self.people.min(MAX_COUNTED_PEOPLE + 1)
    }
}

impl News<'_> {
    pub(super) fn to_json(&self) -> String {
        match serde_json::to_string(self) {
            Ok(json) => json,
            Err(error) => unreachable!("it has texts and numbers alone: {error}"),
        }
    }
}
