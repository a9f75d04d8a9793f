//! The locks that the turns of building stand on, in one place so that a model checker can put its own in
//! their stead (`tests/model`).

pub(crate) use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
pub(crate) use std::thread::{ThreadId, current};
