//! What the gate stands on, in one place so that a model checker can put its own in their stead
//! (`tests/model`).

pub(crate) use std::sync::atomic::{AtomicU64, Ordering};
pub(crate) use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
