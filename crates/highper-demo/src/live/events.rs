//! The page by server-sent events, for those whose network lets no WebSocket through.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::unfold;
use highper::http_server::{LastEventId, ServerEvent, ServerEvents};
use highper::prelude::*;
use tokio::sync::watch;

use super::orders::{News, Orders};
use super::visit::Visit;

/// What changes, from the snapshot on, or from the order on that the client has seen last.
pub(crate) async fn events(
    Inject(orders): Inject<Orders>,
    LastEventId(last): LastEventId,
) -> Response {
    let reader = Reader::new(&orders, last.as_deref());
    ServerEvents::new(unfold(reader, async |mut reader| Some((reader.next().await, reader))))
        .keep_alive(KEEP_ALIVE)
        .into_response()
}

/// How far a client is.
struct Reader {
    orders: Arc<Orders>,
    _visit: Visit,
    changes: watch::Receiver<()>,
    is_new: bool,
    /// The number of the last order; none before the snapshot.
    seen: Option<u64>,
    people: usize,
}

/// Who has left is noticed when something is sent, and is counted until then.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// Clients come again after this and up to as much more, each after another time.
const PAUSE: Duration = Duration::from_secs(1);

impl Reader {
    fn new(orders: &Arc<Orders>, last: Option<&str>) -> Self {
        let changes = orders.changes.subscribe();
        let visit = Visit::by_events(orders);
        let seen = last.and_then(|id| orders.floor().backlog.number(id));
        Self { orders: Arc::clone(orders), _visit: visit, changes, is_new: true, seen, people: 0 }
    }

    async fn next(&mut self) -> ServerEvent {
        loop {
            self.changes.mark_unchanged();
            if let Some(event) = self.news() {
                return event;
            }
            // The other end is in `orders`, which is there.
            let _ = self.changes.changed().await;
        }
    }

    /// What the client does not know yet, if there is anything.
    fn news(&mut self) -> Option<ServerEvent> {
        let floor = self.orders.floor();
        let (news, seen) = match self.seen.filter(|seen| floor.backlog.reaches(*seen)) {
            None => (self.orders.snapshot(&floor), floor.backlog.last()),
            Some(seen) => match floor.backlog.after(seen) {
                Some(order) => (News::Order(order), seen + 1),
                None if self.people == floor.shown_people() => return None,
                None => (News::People { people: floor.shown_people() }, seen),
            },
        };
        if !matches!(news, News::Order(_)) {
            self.people = floor.shown_people();
        }
        let event = ServerEvent::data(news.to_json()).id(&floor.backlog.id(seen));
        let event = match event {
            Ok(event) => event,
            Err(error) => unreachable!("an id has letters and digits alone: {error}"),
        };
        self.seen = Some(seen);
        let is_new = std::mem::take(&mut self.is_new);
        Some(if is_new { event.retry(pause(floor.people)) } else { event })
    }
}

/// As many as come one after the other are spread evenly.
fn pause(people: usize) -> Duration {
    let percent = u32::try_from(people % 100).unwrap_or_default();
    PAUSE + PAUSE * percent / 100
}
