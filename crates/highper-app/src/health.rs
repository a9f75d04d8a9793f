//! Whether the application lives, and whether it is ready for requests.

use std::sync::{Arc, OnceLock};

use highper_core::{BootErrors, Container, IntoResponse, Request, Response};
use highper_net::{Handle, Status};
use highper_router::Routes;
use highper_serde::Json;
use http::{HeaderValue, Method, StatusCode};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::health_checks::{HealthChecks, Outcomes};

/// What load balancers and supervisors ask: three paths beside the routes, whatever host is asked for,
/// without middleware and access log.
///
/// The answers have the form of <https://datatracker.ietf.org/doc/html/draft-inadarei-api-health-check-06>.
#[derive(Debug)]
pub(crate) struct Health {
    path: String,
    checks: HealthChecks,
    /// Without a server there is no drain.
    server: OnceLock<Handle>,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Probe {
    /// Does everything work that the application needs?
    Health,
    /// Shall it get requests? Not while it drains, even if all works.
    Ready,
    /// Does it answer at all? If not it is to be started again.
    Live,
}

impl Health {
    pub(crate) fn new(path: String, container: Container) -> Self {
        Self { path, checks: HealthChecks::new(container), server: OnceLock::new() }
    }

    /// Told before the first request is served.
    pub(crate) fn served_by(&self, server: Handle) {
        // A handler is served once.
        let _ = self.server.set(server);
    }

    /// What a request for this path asks, if it is one of the three.
    #[inline]
    pub(crate) fn probe(&self, path: &str) -> Option<Probe> {
        // Every request is asked this: a length and a letter are seen without a look at the whole text.
        let last = self.path.len().wrapping_sub(1);
        if !matches!(path.len().wrapping_sub(self.path.len()), 0 | 5 | 6)
            || path.as_bytes().get(last) != self.path.as_bytes().last()
        {
            return None;
        }
        match path.strip_prefix(self.path.as_str())? {
            "" => Some(Probe::Health),
            "/ready" => Some(Probe::Ready),
            "/live" => Some(Probe::Live),
            _ => None,
        }
    }

    /// Tells of routes that could never be reached.
    pub(crate) fn check(&self, routes: &Routes, errors: &mut BootErrors) {
        for route in routes.routes().iter().filter(|route| self.probe(&route.path).is_some()) {
            errors.push(format_args!(
                "route `{}` ({}): the health of the application is told there; set HEALTH_PATH to \
                 another path, or to off",
                route.path, route.place
            ));
        }
    }

    pub(crate) async fn answer(self: Arc<Self>, probe: Probe, request: Request) -> Response {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return StatusCode::METHOD_NOT_ALLOWED
                .into_response()
                .with_header("allow", "GET, HEAD");
        }
        let outcomes = match probe {
            Probe::Live => Outcomes::default(),
            Probe::Health | Probe::Ready => self.checks.outcomes().await,
        };
        let is_draining = probe == Probe::Ready && self.is_draining();
        let verdict = Verdict { passes: !is_draining && outcomes.pass(), is_draining, outcomes };
        let status = match verdict.passes {
            true => StatusCode::OK,
            false => StatusCode::SERVICE_UNAVAILABLE,
        };
        let json = HeaderValue::from_static("application/health+json");
        let response = Json(verdict).into_response().with_status(status);
        response.with_header("content-type", json).with_header("cache-control", "no-store")
    }

    fn is_draining(&self) -> bool {
        let status = self.server.get().map(Handle::status);
        matches!(status, Some(Status::Stopping | Status::Stopped))
    }
}

struct Verdict {
    passes: bool,
    is_draining: bool,
    outcomes: Outcomes,
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut verdict = serializer.serialize_struct("Verdict", 3)?;
        verdict.serialize_field("status", if self.passes { "pass" } else { "fail" })?;
        match self.is_draining {
            true => verdict.serialize_field("output", "draining")?,
            false => verdict.skip_field("output")?,
        }
        match self.outcomes.is_empty() {
            true => verdict.skip_field("checks")?,
            false => verdict.serialize_field("checks", &self.outcomes)?,
        }
        verdict.end()
    }
}
