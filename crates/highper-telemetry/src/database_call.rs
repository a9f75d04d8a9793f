//! Operations of databases.

use opentelemetry::{KeyValue, StringValue};

use crate::Telemetry;
use crate::call::{Call, CallPlan, Role, cut};
use crate::call_metrics::Measure;

/// An operation of a database, by OpenTelemetry's semantic conventions for databases: the span is called
/// `SELECT books`, and the duration is `db.client.operation.duration`.
///
/// # Example
/// ```
/// use highper_telemetry::{DatabaseCall, Telemetry};
///
/// # let telemetry = Telemetry::builder().build();
/// let call = DatabaseCall::new("postgresql", "SELECT")
///     .collection("books")
///     .namespace("shop")
///     .server("db.internal", 5432)
///     .query("SELECT title FROM books WHERE id = $1")
///     .begin(&telemetry);
/// call.end();
/// ```
#[derive(Debug)]
#[must_use]
pub struct DatabaseCall(CallPlan);

impl DatabaseCall {
    /// An operation (`SELECT`, `HGET`) of a database of this kind (`postgresql`, `mysql`, `sqlite`, `redis`).
    pub fn new(system: &'static str, operation: &'static str) -> Self {
        let labels = vec![
            KeyValue::new("db.system.name", system),
            KeyValue::new("db.operation.name", operation),
        ];
        Self(CallPlan {
            measure: Measure::Database,
            name: operation.to_owned(),
            role: Role::Client,
            labels,
            details: Vec::new(),
            parent: None,
        })
    }

    /// The table or collection. Of these there should be few.
    pub fn collection(mut self, name: impl Into<StringValue>) -> Self {
        let name = name.into();
        self.0.name = format!("{} {}", self.0.name, name.as_str());
        self.0.labels.push(KeyValue::new("db.collection.name", name));
        self
    }

    /// The name of the database.
    pub fn namespace(mut self, name: impl Into<StringValue>) -> Self {
        self.0.labels.push(KeyValue::new("db.namespace", name.into()));
        self
    }

    /// Where the database is.
    pub fn server(mut self, address: impl Into<StringValue>, port: u16) -> Self {
        self.0.labels.push(KeyValue::new("server.address", address.into()));
        self.0.labels.push(KeyValue::new("server.port", i64::from(port)));
        self
    }

    /// The text of the query, with placeholders instead of values: values are never to be recorded.
    pub fn query(mut self, text: &str) -> Self {
        self.0.details.push(KeyValue::new("db.query.text", cut(text)));
        self
    }

    /// Begins it.
    pub fn begin(self, telemetry: &Telemetry) -> Call {
        Call::begin(self.0, telemetry)
    }
}
