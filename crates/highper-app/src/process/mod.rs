//! Processes: the one that was started, its workers, and the one that takes its place.
//!
//! A process is started by the system, and then it is *alone* or *supervises* workers; or it is
//! started by another one of these, as its *worker* or its *successor*. It has its listeners from that
//! one then, and is joined to it by a socket that is its standard input: so descriptors are passed
//! without a number that both have to know, and each of the two hears when the other ends.

mod channel;

mod parent;

mod program;

mod child;

mod held;

mod successor;

mod alone;

mod worker;

mod slot;

mod supervisor;

mod announcement;

pub(crate) use self::{
    alone::Alone,
    announcement::Announcement,
    channel::Handed,
    held::Held,
    parent::{Parent, Relation},
    program::Program,
    successor::Restarts,
    supervisor::{Outcome, Supervisor},
    worker::Worker,
};

/// The variable of a process that was started by another one. Its value is where the addresses come
/// from: `systemd` or `settings`.
pub(crate) const HANDOVER: &str = "HIGHPER_HANDOVER";
