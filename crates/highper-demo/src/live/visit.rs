//! Somebody looks at the page.

use std::sync::Arc;

use highper::Error;
use highper::ws::{Membership, Sender};

use super::orders::{CHANNEL, Floor, News, Orders};

/// Somebody who looks at the page, and is counted until this is dropped.
pub(crate) struct Visit {
    orders: Arc<Orders>,
    /// For those who look by WebSocket.
    membership: Option<Membership>,
}

impl Visit {
    /// By WebSocket: what there is goes to `sender`, and from then on what changes.
    pub(super) fn by_socket(orders: &Arc<Orders>, sender: &Sender) -> Result<Self, Error> {
        let mut floor = orders.floor();
        let membership = orders.channels.join(CHANNEL, sender).map_err(Error::internal)?;
        count(orders, &mut floor, |people| people + 1);
        // Under the lock: nothing changes between the snapshot and the first that is told.
        // Where it fails the connection is about to end.
        let _ = sender.try_send(orders.snapshot(&floor).to_json());
        Ok(Self { orders: Arc::clone(orders), membership: Some(membership) })
    }

    /// By server-sent events, which are woken by [`Orders::changes`](Orders).
    pub(super) fn by_events(orders: &Arc<Orders>) -> Self {
        count(orders, &mut orders.floor(), |people| people + 1);
        Self { orders: Arc::clone(orders), membership: None }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let mut floor = self.orders.floor();
        self.membership = None;
        count(&self.orders, &mut floor, |people| people - 1);
    }
}

/// Counts, and tells those who are there if what they see has changed.
fn count(orders: &Orders, floor: &mut Floor, change: impl FnOnce(usize) -> usize) {
    let before = floor.shown_people();
    floor.people = change(floor.people);
    let people = floor.shown_people();
    if people != before {
        orders.tell(&News::People { people });
    }
}
