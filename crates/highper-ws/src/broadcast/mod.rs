//! Broadcasts that leave the process.

mod memory;

mod provider;

pub use memory::MemoryBroadcaster;
pub use provider::ChannelsProvider;

use std::fmt;
use std::io;
use std::sync::{Arc, Weak};

use highper_core::BoxFuture;

use crate::channels::Table;
use crate::{Broadcast, Message};

/// Joins the [`Channels`](crate::Channels) of one process with those of the others: what is broadcast in
/// one reaches all, and members are counted in all.
///
/// Each has one `Channels`, which delivers to its own members itself; a broadcaster never gives a process
/// back what that has published. What is carried arrives at most once, and in the order in which one
/// process published it.
///
/// None but [`count`](Self::count) may wait or call the inbox: they are called where messages are sent, and
/// under the lock of all channels where connections begin and end.
pub trait Broadcaster: fmt::Debug + Send + Sync + 'static {
    /// Begins to carry; what others publish goes into the inbox. Called once.
    ///
    /// # Errors
    /// If it cannot begin, or has begun for others.
    fn start(&self, inbox: Inbox) -> io::Result<()>;

    /// The channel has so many members here from now on. What others publish in it is wanted while there
    /// is one.
    fn set_members(&self, channel: &Arc<str>, count: usize);

    /// How many members the channel has in all other processes.
    ///
    /// # Errors
    /// If that is not known now.
    fn count<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, io::Result<usize>>;

    /// Hands a message to all other processes. What finds no room is dropped.
    fn publish(&self, channel: &str, message: &Message);
}

/// The channels of one process, as its [`Broadcaster`] sees them: it puts there what others have published.
#[derive(Clone)]
pub struct Inbox(Weak<Table>);

impl Inbox {
    pub(crate) fn new(table: &Arc<Table>) -> Self {
        Self(Arc::downgrade(table))
    }

    /// Queues a message for the members of a channel in this process.
    pub fn deliver(&self, channel: &str, message: Message) -> Broadcast {
        self.0.upgrade().map_or_else(Broadcast::default, |table| table.deliver(channel, message))
    }

    /// How many members a channel has in this process.
    #[must_use]
    pub fn count(&self, channel: &str) -> usize {
        self.0.upgrade().map_or(0, |table| table.count(channel))
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inbox")
    }
}

/// One inbox is all that a broadcaster has.
pub(crate) fn is_taken() -> io::Error {
    io::Error::new(
        io::ErrorKind::AlreadyExists,
        "this broadcaster carries for other channels already",
    )
}
