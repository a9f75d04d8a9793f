//! What several tests use.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use highper_core::{ConfigValues, ContainerBuilder};

/// What happened, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    pub(crate) fn note(&self, text: impl Into<String>) {
        self.0.lock().unwrap().push(text.into());
    }

    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Configuration from a list.
#[derive(Debug)]
pub(crate) struct Fixed(pub(crate) &'static [(&'static str, &'static str)]);

impl ConfigValues for Fixed {
    fn value(&self, key: &str) -> Option<String> {
        self.0.iter().find(|(known, _)| *known == key).map(|(_, value)| (*value).to_owned())
    }
}

/// Everything that `build` complains of.
pub(crate) fn problems(builder: &mut ContainerBuilder) -> Vec<String> {
    builder.build().unwrap_err().iter().map(str::to_owned).collect()
}

/// What never waits is ready at once.
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

pub(crate) trait Mailer: Send + Sync + std::fmt::Debug {
    fn host(&self) -> String;
}

#[derive(Debug)]
pub(crate) struct Smtp(pub(crate) &'static str);

impl Mailer for Smtp {
    fn host(&self) -> String {
        self.0.to_owned()
    }
}
