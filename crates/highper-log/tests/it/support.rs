//! A log whose lines can be read, for as long as a test runs.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use highper_log::{Guard, Log, LogBuilder, Output};
use serde_json::Value;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;

/// Far more than any of this takes.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// A sink that keeps what it is given.
#[derive(Clone, Default)]
pub(crate) struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// Every line has to be one JSON object.
    pub(crate) fn json(&self) -> Vec<Value> {
        let text = self.text();
        assert!(text.is_empty() || text.ends_with('\n'), "{text}");
        text.split_terminator('\n')
            .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
            .collect()
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A log that has the events of this thread.
pub(crate) struct Logged {
    pub(crate) log: Log,
    memory: Memory,
    _guard: Guard,
    _default: DefaultGuard,
}

impl Logged {
    /// All that the log takes, as JSON.
    pub(crate) fn new(builder: LogBuilder) -> Self {
        let memory = Memory::default();
        Self::with(memory.clone(), builder.output(Output::writer(memory)))
    }

    pub(crate) fn with(memory: Memory, builder: LogBuilder) -> Self {
        let (log, guard) = builder.build().unwrap();
        let default = tracing::subscriber::set_default(log.subscriber());
        Self { log, memory, _guard: guard, _default: default }
    }

    /// As [`new`](Self::new), but the log is a layer on a registry, as beside others.
    pub(crate) fn layered(builder: LogBuilder) -> Self {
        let memory = Memory::default();
        let (log, guard) = builder.output(Output::writer(memory.clone())).build().unwrap();
        let default = tracing::subscriber::set_default(Registry::default().with(log.layer()));
        Self { log, memory, _guard: guard, _default: default }
    }

    pub(crate) fn lines(&self) -> Vec<Value> {
        assert!(self.log.flush(LONG));
        self.memory.json()
    }

    pub(crate) fn text(&self) -> String {
        assert!(self.log.flush(LONG));
        self.memory.text()
    }
}
