//! Named channels: who has joined one gets what is broadcast there.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use slab::Slab;

use crate::{Broadcaster, Frame, Inbox, Message, SendError, Sender};

/// The channels of an application, by name. Clones are the same channels.
///
/// A channel is there as long as somebody is in it. A broadcast is made a frame once and queued for each
/// member; it waits for none, so that one that reads slowly delays no other: what finds no room is
/// counted, and [`Overflow::Close`](crate::Overflow::Close) closes that one.
///
/// They are the channels of this process, unless a [`Broadcaster`] joins them with those of others.
///
/// # Example
/// ```
/// use highper_core::{Error, Request};
/// use highper_ws::{Channels, Events, Membership, Message, Sender};
///
/// struct Chat {
///     channels: Channels,
/// }
///
/// impl Events for Chat {
///     /// The room is left when the connection ends.
///     type State = Membership;
///
///     async fn on_open(&self, _: Request, sender: &Sender) -> Result<Membership, Error> {
///         self.channels.join("lobby", sender).map_err(|error| Error::internal(error.to_string()))
///     }
///
///     async fn on_message(&self, room: &mut Membership, sender: &Sender, message: Message) {
///         room.broadcast_except(sender, message);
///     }
/// }
/// # let _ = Chat { channels: Channels::default() };
/// ```
#[derive(Clone, Default)]
pub struct Channels(Arc<Table>);

#[derive(Default)]
pub(crate) struct Table {
    channels: Mutex<HashMap<Arc<str>, Arc<Channel>>>,
    broadcaster: Option<Box<dyn Broadcaster>>,
}

struct Channel {
    name: Arc<str>,
    members: Mutex<Slab<Sender>>,
}

/// A connection's place in a channel; dropping it leaves the channel.
pub struct Membership {
    table: Arc<Table>,
    channel: Arc<Channel>,
    place: usize,
}

/// What has become of a broadcast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Broadcast {
    /// Members for whom it is queued.
    pub queued: usize,
    /// Members whose queue was full.
    pub full: usize,
}

/// Why a channel cannot be joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JoinError {
    /// The name is longer than [`Channels::MAX_NAME`] bytes.
    NameTooLong,
    /// There are [`Channels::MAX_CHANNELS`] already.
    TooManyChannels,
    /// The connection is in [`WebSocketSettings::max_channels`](crate::WebSocketSettings::max_channels)
    /// already.
    TooManyJoined,
}

impl Channels {
    /// The most bytes of a name.
    pub const MAX_NAME: usize = 256;

    /// The most channels there are at once: names often come from clients.
    pub const MAX_CHANNELS: usize = 1_000_000;

    /// Channels whose broadcasts reach those of other processes too.
    ///
    /// # Errors
    /// If the broadcaster does not start.
    pub fn with_broadcaster(broadcaster: impl Broadcaster) -> io::Result<Self> {
        let broadcaster: Box<dyn Broadcaster> = Box::new(broadcaster);
        let table = Table { broadcaster: Some(broadcaster), ..Table::default() };
        let channels = Self(Arc::new(table));
        if let Some(broadcaster) = &channels.0.broadcaster {
            broadcaster.start(Inbox::new(&channels.0))?;
        }
        Ok(channels)
    }

    /// Joins a channel, which is made if it is not there.
    ///
    /// # Errors
    /// If the name is too long, the connection is in too many channels, or there are too many.
    pub fn join(&self, name: &str, sender: &Sender) -> Result<Membership, JoinError> {
        if name.len() > Self::MAX_NAME {
            return Err(JoinError::NameTooLong);
        }
        let mut channels = self.0.lock();
        let channel = match channels.get(name) {
            Some(channel) => Arc::clone(channel),
            None if channels.len() >= Self::MAX_CHANNELS => return Err(JoinError::TooManyChannels),
            None => Arc::new(Channel { name: name.into(), members: Mutex::default() }),
        };
        if !sender.join() {
            return Err(JoinError::TooManyJoined);
        }
        // Under the lock of the table: an empty channel would be taken out of it otherwise.
        let mut members = channel.members();
        let place = members.insert(sender.clone());
        self.0.tell_members(&channel, &members);
        if members.len() == 1 {
            channels.insert(Arc::clone(&channel.name), Arc::clone(&channel));
        }
        drop(members);
        drop(channels);
        Ok(Membership { table: Arc::clone(&self.0), channel, place })
    }

    /// Sends a message to all members of a channel, in other processes too if there is a broadcaster.
    pub fn broadcast(&self, name: &str, message: impl Into<Message>) -> Broadcast {
        let message = message.into();
        self.0.publish(name, &message);
        self.0.deliver(name, message)
    }

    /// How many members a channel has in all processes.
    ///
    /// Those of this process are counted as they are now, those of others as they were a moment ago; the
    /// members of a process that crashed are counted until its [`Broadcaster`] knows.
    ///
    /// # Errors
    /// If those of other processes are not known now: [`local_count`](Self::local_count) tells the rest.
    pub async fn count(&self, name: &str) -> io::Result<usize> {
        let others = match &self.0.broadcaster {
            Some(broadcaster) if name.len() <= Self::MAX_NAME => broadcaster.count(name).await?,
            _ => 0,
        };
        Ok(self.local_count(name) + others)
    }

    /// How many members a channel has in this process.
    #[must_use]
    pub fn local_count(&self, name: &str) -> usize {
        self.0.count(name)
    }
}

impl Membership {
    /// The name of the channel.
    #[must_use]
    pub fn channel(&self) -> &str {
        &self.channel.name
    }

    /// Sends a message to all members, in other processes too if there is a broadcaster.
    pub fn broadcast(&self, message: impl Into<Message>) -> Broadcast {
        self.send(None, message.into())
    }

    /// Sends a message to all members but one.
    pub fn broadcast_except(&self, sender: &Sender, message: impl Into<Message>) -> Broadcast {
        self.send(Some(sender), message.into())
    }

    fn send(&self, except: Option<&Sender>, message: Message) -> Broadcast {
        self.table.publish(&self.channel.name, &message);
        self.channel.broadcast(&Frame::from(message), except)
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        let mut channels = self.table.lock();
        let mut members = self.channel.members();
        members.remove(self.place).leave();
        self.table.tell_members(&self.channel, &members);
        if members.is_empty() {
            channels.remove(&self.channel.name);
        }
    }
}

impl Table {
    /// Sends a message to the members in this process.
    pub(crate) fn deliver(&self, name: &str, message: Message) -> Broadcast {
        match self.find(name) {
            Some(channel) => channel.broadcast(&Frame::from(message), None),
            None => Broadcast::default(),
        }
    }

    /// Hands a message to the other processes, if there may be any that has the channel.
    fn publish(&self, name: &str, message: &Message) {
        if let Some(broadcaster) = &self.broadcaster
            && name.len() <= Channels::MAX_NAME
        {
            broadcaster.publish(name, message);
        }
    }

    /// Tells the other processes how many members a channel has here now.
    fn tell_members(&self, channel: &Channel, members: &Slab<Sender>) {
        if let Some(broadcaster) = &self.broadcaster {
            broadcaster.set_members(&channel.name, members.len());
        }
    }

    pub(crate) fn count(&self, name: &str) -> usize {
        self.find(name).map_or(0, |channel| channel.members().len())
    }

    fn find(&self, name: &str) -> Option<Arc<Channel>> {
        self.lock().get(name).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, Arc<Channel>>> {
        // Nothing panics while it is held.
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Channel {
    fn broadcast(&self, frame: &Frame, except: Option<&Sender>) -> Broadcast {
        let mut broadcast = Broadcast::default();
        for (_, member) in self.members().iter() {
            if Some(member) == except {
                continue;
            }
            match member.try_send_frame(frame) {
                Ok(()) => broadcast.queued += 1,
                Err(SendError::Full) => broadcast.full += 1,
                // It is about to leave.
                Err(SendError::Closed) => {}
            }
        }
        broadcast
    }

    fn members(&self) -> MutexGuard<'_, Slab<Sender>> {
        // Nothing panics while it is held.
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Channels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Channels({})", self.0.lock().len())
    }
}

impl fmt::Debug for Membership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Membership({})", self.channel.name.escape_debug())
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NameTooLong => {
                write!(f, "the name of a channel has at most {} bytes", Channels::MAX_NAME)
            }
            Self::TooManyChannels => {
                write!(f, "there are {} channels, and no more may be made", Channels::MAX_CHANNELS)
            }
            Self::TooManyJoined => f.write_str(
                "the connection is in as many channels as WebSocketSettings::max_channels lets it",
            ),
        }
    }
}

impl std::error::Error for JoinError {}
