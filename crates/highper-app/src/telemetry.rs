//! The telemetry of a process: how it begins, what it measures, how it ends.

use std::sync::Arc;
use std::time::Duration;

use highper_core::{BootErrors, BoxHandler, ContainerBuilder, Handler, MiddlewareStack};
use highper_http::Counters;
use highper_log::{AccessLog, Log, LogError, Output};
use highper_net::Handle;
use highper_router::Router;

use crate::metrics_page::Page;
use crate::telemetry_settings::METRICS_PATH;
use crate::{Settings, collector, metrics_page, server_metrics};

/// What an application measures and traces, if anything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Telemetry {
    /// None where nothing is set, or it could not begin, which is told already.
    telemetry: Option<highper_telemetry::Telemetry>,
    page: Option<Page>,
}

impl Telemetry {
    /// Begins as the settings say.
    pub(crate) fn start(settings: &Settings, errors: &mut BootErrors) -> Self {
        let wanted = &settings.telemetry;
        if wanted.metrics_path.is_none() && wanted.endpoint.is_none() {
            return Self::default();
        }
        if wanted.metrics_path.is_some() && settings.workers > 0 {
            errors.push(format_args!(
                "{METRICS_PATH}: each of several processes counts for itself, and the page would show any \
                 one of them; set WORKERS=0, or send metrics to a collector"
            ));
        }
        let mut builder = highper_telemetry::Telemetry::builder();
        if let Some(name) = &wanted.service_name {
            builder = builder.service_name(name);
        }
        let (builder, page) = metrics_page::show(builder, wanted, errors);
        let telemetry = collector::send(builder, wanted, errors).map(|builder| builder.build());
        Self { telemetry, page }
    }

    /// Binds it, for whoever measures something: an `Option<Arc<Telemetry>>`, as it may be off.
    pub(crate) fn register(&self, services: &mut ContainerBuilder) {
        if let Some(telemetry) = &self.telemetry {
            services.shared(Arc::new(telemetry.clone()));
        }
    }

    /// Adds the page of metrics, where there is one.
    pub(crate) fn add_routes(&self, router: Router) -> Router {
        match &self.page {
            Some(page) => page.add_to(router),
            None => router,
        }
    }

    /// A handler within the middleware that observe all its requests, if there are any.
    pub(crate) fn around<H: Handler>(
        &self,
        handler: H,
        access: Option<AccessLog>,
    ) -> Option<BoxHandler> {
        let Some(telemetry) = &self.telemetry else {
            return access.map(|access| BoxHandler::new(access.wrap(handler)));
        };
        let requests = telemetry.requests();
        Some(match access {
            Some(access) if telemetry.records_traces() => {
                BoxHandler::new(requests.wrap(access.in_trace().wrap(handler)))
            }
            Some(access) => BoxHandler::new(requests.wrap(access.wrap(handler))),
            None => BoxHandler::new(requests.wrap(handler)),
        })
    }

    /// Measures a server too.
    pub(crate) fn watch(&self, server: Handle, http: &Counters, log: Option<&Log>) {
        if let Some(telemetry) = &self.telemetry {
            server_metrics::watch(telemetry.meter(), server, http, log);
        }
    }

    /// Where the lines of the log go beside their usual place, if a collector gets them.
    pub(crate) fn log_output(&self) -> Option<Output> {
        self.telemetry.as_ref().and_then(collector::log_output)
    }

    /// Makes the events of tracing lines of a log, and its spans those of traces.
    pub(crate) fn install(&self, log: &Log) -> Result<(), LogError> {
        collector::install(self.telemetry.as_ref(), log)
    }

    /// Ends in the background: the process serves nobody.
    pub(crate) fn leave(&self) {
        if let Some(telemetry) = self.telemetry.clone() {
            tokio::task::spawn_blocking(move || telemetry.end(Duration::ZERO));
        }
    }

    /// Sends what is left, but not for ever.
    pub(crate) async fn finish(self) {
        if let Some(telemetry) = self.telemetry {
            let ended = tokio::task::spawn_blocking(move || telemetry.end(END_TIMEOUT)).await;
            if !ended.unwrap_or(false) {
                tracing::warn!(
                    "the collector has not taken the last traces and metrics: they are lost"
                );
            }
        }
    }
}

/// What a collector has not taken so long after the end is lost.
const END_TIMEOUT: Duration = Duration::from_secs(5);
