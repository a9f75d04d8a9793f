//! What all handles of one log share.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use tracing::Metadata;
use tracing::field::Field;

use crate::access_entry::AccessPlan;
use crate::channel::OpenChannel;
use crate::format::Record;
use crate::limiter::Limiter;
use crate::logger::TARGET;
use crate::scratch::Scratch;
use crate::{Fields, Level, Redaction};

pub(crate) type Processor = Box<dyn Fn(&mut Fields<'_>) + Send + Sync>;

/// A log that is written: its channels, and what is done with every record.
pub(crate) struct Shared {
    /// Tells it from other logs of the process, for what threads remember.
    pub(crate) number: usize,
    /// At least one; the first takes what belongs to no other.
    pub(crate) channels: Vec<OpenChannel>,
    pub(crate) redaction: Redaction,
    /// What never changes of `extra`.
    pub(crate) extra: Vec<u8>,
    pub(crate) processors: Vec<Processor>,
    pub(crate) limiter: Option<Limiter>,
    /// None where the lines of requests have to go the way of all others.
    pub(crate) access: Option<AccessPlan>,
}

impl Shared {
    pub(crate) fn next_number() -> usize {
        static NUMBER: AtomicUsize = AtomicUsize::new(1);
        NUMBER.fetch_add(1, Ordering::Relaxed)
    }

    /// The channel of a name, as its place in the list.
    pub(crate) fn named(&self, name: &str) -> Option<usize> {
        self.channels.iter().position(|channel| *channel.name == *name)
    }

    /// The channel of events with this target.
    pub(crate) fn of_target(&self, target: &str) -> usize {
        channel_of(target, &self.channels)
    }

    /// May an event or span of this kind be written at all, as the levels are now?
    pub(crate) fn takes(&self, metadata: &Metadata<'_>) -> bool {
        let fields = metadata.fields();
        // What these fields say is known only when the event comes.
        if metadata.target() == TARGET || (metadata.is_event() && fields.field(SEVERITY).is_some())
        {
            return true;
        }
        if *metadata.level() == tracing::Level::TRACE {
            return false;
        }
        let least = match fields.field(CHANNEL) {
            Some(_) => self.least_grave(),
            None => self.channels[self.of_target(metadata.target())].level.level(),
        };
        Level::from(*metadata.level()) >= least
    }

    pub(crate) fn least_grave(&self) -> Level {
        let levels = self.channels.iter().map(|channel| channel.level.level());
        levels.min().unwrap_or(Level::Debug)
    }

    /// Is the value of this field a secret, by the name?
    pub(crate) fn hides(&self, field: &Field) -> bool {
        self.redaction.hides(field.name())
    }

    /// Writes what is in `scratch` to the outputs of a channel.
    #[inline]
    pub(crate) fn write(&self, channel: &OpenChannel, level: Level, scratch: &mut Scratch) {
        for processor in &self.processors {
            processor(&mut Fields::new(&mut scratch.extra, 0, &self.redaction));
        }
        let record = Record {
            time: SystemTime::now(),
            level,
            channel: &channel.name,
            message: &scratch.message,
            context: &scratch.context,
            extra: &scratch.extra,
        };
        for output in &channel.outputs {
            if !output.take(&record, &self.redaction, &mut scratch.line) {
                break;
            }
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("channels", &self.channels).finish_non_exhaustive()
    }
}

/// The one of some channels that has the events with a target, as its place among them.
pub(crate) fn channel_of(target: &str, channels: &[OpenChannel]) -> usize {
    let fits = channels.iter().enumerate();
    let fits = fits.filter_map(|(index, channel)| Some((channel.fit(target)?, index)));
    fits.max().map_or(0, |(_, index)| index)
}

/// The field of an event that tells which of the eight levels it has.
pub(crate) const SEVERITY: &str = "severity";

/// The field of an event that tells which channel it belongs to.
pub(crate) const CHANNEL: &str = "channel";
