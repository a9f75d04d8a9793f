//! The last orders, numbered, so that who was away gets what it has missed.

use std::collections::VecDeque;

use serde::Serialize;

/// An order as the pages show it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Order {
    /// The process and the number of the order in it.
    pub(crate) id: String,
    pub(crate) book: u32,
    pub(crate) title: String,
    pub(crate) customer: String,
    /// Copies that are left after it.
    pub(crate) left: u32,
    /// In seconds since 1970.
    pub(crate) at: u64,
}

/// The last orders of this process; those before are forgotten.
#[derive(Debug)]
pub(crate) struct Backlog {
    /// Tells the numbers of this process from those of the one before.
    epoch: u64,
    /// How many orders there were in all.
    count: u64,
    orders: VecDeque<Order>,
}

/// So many orders are kept.
pub(crate) const MAX_ORDERS: usize = 50;

impl Backlog {
    /// None yet. No two processes of a shop have the same epoch.
    pub(crate) fn new(epoch: u64) -> Self {
        Self { epoch, count: 0, orders: VecDeque::with_capacity(MAX_ORDERS) }
    }

    /// Adds an order, to which it gives an id, and shows it.
    pub(crate) fn push(&mut self, order: Order) -> &Order {
        if self.orders.len() == MAX_ORDERS {
            self.orders.pop_front();
        }
        self.count += 1;
        let order = Order { id: self.id(self.count), ..order };
        self.orders.push_back(order);
        &self.orders[self.orders.len() - 1]
    }

    /// Those that are kept, the oldest first.
    pub(crate) fn orders(&self) -> &VecDeque<Order> {
        &self.orders
    }

    /// The number of the last order, 0 before the first.
    pub(crate) fn last(&self) -> u64 {
        self.count
    }

    /// The order after that with the number `seen`; none if there is none yet.
    pub(crate) fn after(&self, seen: u64) -> Option<&Order> {
        let index = seen.checked_sub(self.forgotten())?;
        self.orders.get(usize::try_from(index).ok()?)
    }

    /// Are all orders after the number `seen` still there?
    pub(crate) fn reaches(&self, seen: u64) -> bool {
        (self.forgotten()..=self.count).contains(&seen)
    }

    /// What the order of this number is known by.
    pub(crate) fn id(&self, number: u64) -> String {
        format!("{:x}-{number}", self.epoch)
    }

    /// The number of an order of this process.
    pub(crate) fn number(&self, id: &str) -> Option<u64> {
        let (epoch, number) = id.split_once('-')?;
        let is_ours = u64::from_str_radix(epoch, 16) == Ok(self.epoch);
        is_ours.then(|| number.parse().ok()).flatten()
    }

    fn forgotten(&self) -> u64 {
        self.count - self.orders.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(orders: u32) -> Backlog {
        let mut backlog = Backlog::new(0xab);
        for book in 1..=orders {
            let (id, title, customer) = Default::default();
            backlog.push(Order { id, book, title, customer, left: 0, at: 0 });
        }
        backlog
    }

    #[test]
    fn what_comes_after_an_order_is_there_until_it_is_forgotten() {
        let backlog = with(MAX_ORDERS as u32 + 10);
        assert_eq!(backlog.orders().len(), MAX_ORDERS);
        assert_eq!(backlog.after(10).map(|order| order.book), Some(11));
        assert_eq!(backlog.after(backlog.last() - 1).map(|order| order.book), Some(60));
        assert_eq!(backlog.after(backlog.last()), None);
        assert!(backlog.reaches(10) && backlog.reaches(60));
        assert!(!backlog.reaches(9) && !backlog.reaches(61));
        assert_eq!(backlog.after(9), None);
    }

    #[test]
    fn an_empty_one_reaches_its_start() {
        let backlog = with(0);
        assert!(backlog.reaches(0) && !backlog.reaches(1));
        assert_eq!(backlog.after(0), None);
    }

    #[test]
    fn ids_of_another_process_are_not_known() {
        let backlog = with(3);
        assert_eq!(backlog.orders()[2].id, "ab-3");
        assert_eq!(backlog.number("ab-3"), Some(3));
        for id in ["", "3", "ac-3", "ab-", "ab-x", "ab--1", "-3", "zz-1"] {
            assert_eq!(backlog.number(id), None, "{id}");
        }
    }
}
