//! Requests to other services.

use highper_core::http::{Method, StatusCode, Uri};
use opentelemetry::KeyValue;

use crate::Telemetry;
use crate::call::{Call, CallPlan, Role, cut};
use crate::call_metrics::Measure;
use crate::method_name::MethodName;

/// A request to another service, by OpenTelemetry's semantic conventions for HTTP clients: the span is called
/// `GET`, or `GET /books/{id}` where the [`template`](Self::template) is known, and the duration is
/// `http.client.request.duration`.
///
/// # Example
/// ```
/// use highper_core::http::{HeaderMap, Method, StatusCode, Uri};
/// use highper_telemetry::{HttpCall, Telemetry};
///
/// # let telemetry = Telemetry::builder().build();
/// let uri = Uri::from_static("https://stock.example/books/7?token=x");
/// let call = HttpCall::new(&Method::GET, &uri).template("/books/{id}").begin(&telemetry);
/// let mut headers = HeaderMap::new();
/// call.propagate(&mut headers);
/// // The request is sent, with these headers.
/// call.answered(StatusCode::OK);
/// ```
#[derive(Debug)]
#[must_use]
pub struct HttpCall(CallPlan);

impl HttpCall {
    /// One with this method to this address. Neither its query nor user and password are recorded.
    pub fn new(method: &Method, uri: &Uri) -> Self {
        let name = MethodName::of(method).as_str();
        let mut labels = vec![KeyValue::new("http.request.method", name)];
        let host = uri.host().unwrap_or_default();
        if !host.is_empty() {
            labels.push(KeyValue::new("server.address", host.to_owned()));
        }
        let scheme = uri.scheme_str().unwrap_or("http");
        let port = uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
        labels.push(KeyValue::new("server.port", i64::from(port)));
        let own_port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
        let full = format!("{scheme}://{host}{own_port}{}", uri.path());
        let mut details = vec![KeyValue::new("url.full", cut(&full))];
        if name != method.as_str() {
            details.push(KeyValue::new("http.request.method_original", cut(method.as_str())));
        }
        Self(CallPlan {
            measure: Measure::Http,
            name: if name == method.as_str() { name } else { "HTTP" }.to_owned(),
            role: Role::Client,
            labels,
            details,
            parent: None,
        })
    }

    /// The pattern of the address, as `/books/{id}`: never the path itself.
    pub fn template(mut self, template: &'static str) -> Self {
        self.0.name = format!("{} {template}", self.0.name);
        self.0.labels.push(KeyValue::new("url.template", template));
        self
    }

    /// Counts that it is a repetition: 1 for the first.
    pub fn resend(mut self, number: u32) -> Self {
        self.0.details.push(KeyValue::new("http.request.resend_count", i64::from(number)));
        self
    }

    /// Begins it.
    pub fn begin(self, telemetry: &Telemetry) -> Call {
        Call::begin(self.0, telemetry)
    }
}

impl Call {
    /// Another service has answered; 4xx and 5xx are failures of the call.
    pub fn answered(mut self, status: StatusCode) {
        self.label("http.response.status_code", i64::from(status.as_u16()));
        let is_failure = status.is_client_error() || status.is_server_error();
        self.finish(is_failure.then_some(status.as_str()));
    }
}
