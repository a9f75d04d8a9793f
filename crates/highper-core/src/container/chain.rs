//! What is being built on this thread: a service that needs itself is found here.
//!
//! Factories do not await, so one chain of resolutions is one thread's, also where a factory goes
//! through a `Container` that it was given rather than through its `Resolver`.

use std::cell::RefCell;
use std::marker::PhantomData;

use super::error::{ContainerError, Kind};
use crate::ServiceKey;

thread_local! {
    static CHAIN: RefCell<Vec<(u64, ServiceKey)>> = const { RefCell::new(Vec::new()) };
}

/// A link of the chain; dropped when its service is built.
pub(crate) struct Link(PhantomData<*const ()>);

/// Adds a service to the chain.
pub(crate) fn enter(id: u64, key: &ServiceKey) -> Result<Link, ContainerError> {
    CHAIN.with_borrow_mut(|chain| {
        if let Some(at) = chain.iter().position(|(known, _)| *known == id) {
            return Err(circular(chain[at..].iter().map(|(_, key)| key), key));
        }
        chain.push((id, key.clone()));
        Ok(Link(PhantomData))
    })
}

impl Drop for Link {
    fn drop(&mut self) {
        CHAIN.with_borrow_mut(|chain| {
            chain.pop();
        });
    }
}

/// A circle as an error; `last` is the service that closes it.
pub(crate) fn circular<'a>(
    keys: impl Iterator<Item = &'a ServiceKey>,
    last: &ServiceKey,
) -> ContainerError {
    let message = format!("{}: {CIRCLE_ADVICE}", circle(keys, last));
    ContainerError::new(Kind::Circular, last, message)
}

/// `circular: A -> B -> A`.
pub(crate) fn circle<'a>(keys: impl Iterator<Item = &'a ServiceKey>, last: &ServiceKey) -> String {
    let mut path = String::from("circular: ");
    for key in keys {
        path.push_str(key.as_str());
        path.push_str(" -> ");
    }
    path.push_str(last.as_str());
    path
}

/// What to do about a circle.
pub(crate) const CIRCLE_ADVICE: &str = "have one of them take a `Factory` of the next";

/// The services that are being built, the one whose turn it is first: `, needed by B, needed by A`.
pub(crate) fn needed_by() -> String {
    CHAIN.with_borrow(|chain| {
        chain.iter().rev().map(|(_, key)| format!(", needed by `{key}`")).collect()
    })
}
