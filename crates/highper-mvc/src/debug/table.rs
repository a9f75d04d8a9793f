//! Tables of what was so when it went wrong.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use highper_core::{BoxError, ErrorContext, PanicError};

use crate::debug::mask::{Mask, Secrets};

/// Names and values.
pub type Rows = Vec<(String, String)>;

/// A table, where its rows come from.
pub(crate) struct TableSource {
    pub(crate) title: String,
    rows: Box<Make>,
}

type Make = dyn Fn(&ErrorContext<'_>) -> Result<Rows, BoxError> + Send + Sync;

/// A table as it is shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) title: String,
    pub(crate) rows: Rows,
    /// What keeps rows away.
    pub(crate) remark: Option<String>,
}

/// More rows are not shown.
const MAX_ROWS: usize = 256;
/// Of a longer name or value, the beginning is shown.
const MAX_VALUE_CHARS: usize = 4096;

impl TableSource {
    pub(crate) fn new(
        title: &str,
        rows: impl Fn(&ErrorContext<'_>) -> Result<Rows, BoxError> + Send + Sync + 'static,
    ) -> Self {
        Self { title: title.to_owned(), rows: Box::new(rows) }
    }

    /// The table; where it fails, or panics, this is what it tells.
    pub(crate) fn table(&self, context: &ErrorContext<'_>) -> Table {
        let title = self.title.clone();
        let failed = |why: String| Some(format!("this table could not be made: {why}"));
        // The table is made anew for the next page; nothing of a broken state is seen.
        let (rows, remark) = match catch_unwind(AssertUnwindSafe(|| (self.rows)(context))) {
            Ok(Ok(rows)) => (rows, None),
            Ok(Err(error)) => (Rows::new(), failed(error.to_string())),
            Err(payload) => (Rows::new(), failed(PanicError::new(&*payload).to_string())),
        };
        Table { title, rows, remark }
    }
}

impl Table {
    pub(crate) fn new(title: &str, rows: Rows) -> Self {
        Self { title: title.to_owned(), rows, remark: None }
    }

    /// Bounds it.
    pub(crate) fn bounded(mut self) -> Self {
        if self.rows.len() > MAX_ROWS {
            self.remark = Some(format!("{} more rows are not shown", self.rows.len() - MAX_ROWS));
            self.rows.truncate(MAX_ROWS);
        }
        for (name, value) in &mut self.rows {
            shorten(name);
            shorten(value);
        }
        self
    }

    /// Keeps its secrets in mind.
    pub(crate) fn teach(&self, mask: &Mask, secrets: &mut Secrets) {
        self.rows.iter().for_each(|(name, value)| secrets.learn(mask, name, value));
    }

    /// Masks them.
    pub(crate) fn masked(mut self, mask: &Mask, secrets: &Secrets) -> Self {
        for (name, value) in &mut self.rows {
            *value = secrets.scrub(mask.value(name, value));
            *name = secrets.scrub(std::mem::take(name));
        }
        self.remark = self.remark.map(|remark| secrets.scrub(mask.text(&remark)));
        self
    }
}

fn shorten(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(MAX_VALUE_CHARS) {
        text.truncate(end);
        text.push('…');
    }
}

impl fmt::Debug for TableSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TableSource({})", self.title)
    }
}
