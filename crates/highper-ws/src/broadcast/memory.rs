//! Broadcasts between several `Channels` of one process.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use highper_core::BoxFuture;

use super::{Broadcaster, Inbox};
use crate::Message;

/// Joins several [`Channels`](crate::Channels) of one process, as a test has them that plays several.
///
/// # Example
/// ```
/// use highper_ws::{Channels, MemoryBroadcaster};
///
/// let one = MemoryBroadcaster::default();
/// let other = one.peer();
/// let (here, there) = (Channels::with_broadcaster(one)?, Channels::with_broadcaster(other)?);
/// here.broadcast("news", "to members of either");
/// # let _ = there;
/// # Ok::<_, std::io::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryBroadcaster {
    all: Arc<Mutex<Vec<Option<Inbox>>>>,
    /// Its own place among them.
    place: usize,
}

impl MemoryBroadcaster {
    /// Another one, that gets what this one publishes, and the other way round.
    #[must_use]
    pub fn peer(&self) -> Self {
        let mut all = self.all();
        let place = all.len().max(1);
        all.resize(place + 1, None);
        Self { all: Arc::clone(&self.all), place }
    }

    fn others(&self) -> Vec<Inbox> {
        let all = self.all();
        let others = all.iter().enumerate().filter(|(place, _)| *place != self.place);
        others.filter_map(|(_, inbox)| inbox.clone()).collect()
    }

    fn all(&self) -> MutexGuard<'_, Vec<Option<Inbox>>> {
        // Nothing panics while it is held.
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Broadcaster for MemoryBroadcaster {
    fn start(&self, inbox: Inbox) -> io::Result<()> {
        let mut all = self.all();
        let count = all.len().max(self.place + 1);
        all.resize(count, None);
        if all[self.place].replace(inbox).is_some() {
            return Err(super::is_taken());
        }
        Ok(())
    }

    fn set_members(&self, _: &Arc<str>, _: usize) {}

    fn count<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, io::Result<usize>> {
        let count = self.others().iter().map(|inbox| inbox.count(channel)).sum();
        Box::pin(async move { Ok(count) })
    }

    fn publish(&self, channel: &str, message: &Message) {
        for inbox in self.others() {
            inbox.deliver(channel, message.clone());
        }
    }
}
