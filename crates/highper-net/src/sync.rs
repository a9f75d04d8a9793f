//! The locks, and what is read beside them, that the reactor's protocol stands on, in one place so that a model checker can put its
//! own in their stead (`tests/model`).

pub(crate) use std::sync::atomic::AtomicBool;
pub(crate) use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
