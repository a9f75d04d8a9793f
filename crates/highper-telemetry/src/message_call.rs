//! Messages that are sent, received and worked on.

use highper_log::TraceParent;
use opentelemetry::{KeyValue, StringValue};

use crate::Telemetry;
use crate::call::{Call, CallPlan, Role, cut};
use crate::call_metrics::Measure;

/// What is done with a message, by OpenTelemetry's semantic conventions for messaging: the span is called
/// `send orders`; durations are `messaging.client.operation.duration` and `messaging.process.duration`.
///
/// # Example
/// ```
/// use highper_telemetry::{MessageCall, Telemetry};
///
/// # let telemetry = Telemetry::builder().build();
/// let sending = MessageCall::send("rabbitmq", "orders").begin(&telemetry);
/// let sent_with_it = sending.trace_parent();
/// sending.end();
///
/// let mut work = MessageCall::process("rabbitmq", "orders").message_id("7");
/// if let Some(parent) = sent_with_it {
///     work = work.caused_by(parent);
/// }
/// work.begin(&telemetry).end();
/// ```
#[derive(Debug)]
#[must_use]
pub struct MessageCall(CallPlan);

impl MessageCall {
    /// A message is sent to this queue or topic, of a system such as `rabbitmq`, `kafka`, `redis`.
    pub fn send(system: &'static str, destination: impl Into<StringValue>) -> Self {
        Self::new(system, destination.into(), "send", (Measure::Sent, Role::Producer))
    }

    /// A message is asked for.
    pub fn receive(system: &'static str, destination: impl Into<StringValue>) -> Self {
        Self::new(system, destination.into(), "receive", (Measure::Received, Role::Client))
    }

    /// A message that was received is worked on.
    pub fn process(system: &'static str, destination: impl Into<StringValue>) -> Self {
        Self::new(system, destination.into(), "process", (Measure::Processed, Role::Consumer))
    }

    fn new(
        system: &'static str,
        destination: StringValue,
        operation: &'static str,
        (measure, role): (Measure, Role),
    ) -> Self {
        let name = format!("{operation} {}", destination.as_str());
        let labels = vec![
            KeyValue::new("messaging.system", system),
            KeyValue::new("messaging.operation.name", operation),
            KeyValue::new("messaging.operation.type", operation),
            KeyValue::new("messaging.destination.name", destination),
        ];
        Self(CallPlan { measure, name, role, labels, details: Vec::new(), parent: None })
    }

    /// Where the broker is.
    pub fn server(mut self, address: impl Into<StringValue>, port: u16) -> Self {
        self.0.labels.push(KeyValue::new("server.address", address.into()));
        self.0.labels.push(KeyValue::new("server.port", i64::from(port)));
        self
    }

    /// The id of the message.
    pub fn message_id(mut self, id: &str) -> Self {
        self.0.details.push(KeyValue::new("messaging.message.id", cut(id)));
        self
    }

    /// Puts it below whoever has sent the message, as that came with it.
    pub fn caused_by(mut self, parent: TraceParent) -> Self {
        self.0.parent = Some(parent);
        self
    }

    /// Begins it.
    pub fn begin(self, telemetry: &Telemetry) -> Call {
        Call::begin(self.0, telemetry)
    }
}
