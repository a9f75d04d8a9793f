//! The live page: the stock and the orders, as they change.

mod backlog;

mod events;

mod orders;

mod page;

mod socket;

mod visit;

pub(crate) use events::events;
pub(crate) use orders::Orders;
pub(crate) use page::{order, page};
pub(crate) use socket::Socket;
