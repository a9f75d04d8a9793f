//! What stands for telemetry in a build without it: nothing is measured.

use highper_core::{BootErrors, BoxHandler, ContainerBuilder, Handler, MiddlewareStack};
use highper_http::Counters;
use highper_log::{AccessLog, Log, LogError, Output};
use highper_net::Handle;
use highper_router::Router;

use crate::Settings;
use crate::telemetry_settings::{ENDPOINT, METRICS_PATH};

#[derive(Clone, Debug, Default)]
pub(crate) struct Telemetry(());

impl Telemetry {
    pub(crate) fn start(settings: &Settings, errors: &mut BootErrors) -> Self {
        let wanted = &settings.telemetry;
        let set = [(METRICS_PATH, &wanted.metrics_path), (ENDPOINT, &wanted.endpoint)];
        for (name, _) in set.iter().filter(|(_, value)| value.is_some()) {
            errors.push(format_args!(
                "{name}: this program was built without telemetry; enable the feature `prometheus` or \
                 `otlp` of highper (or highper-app), or leave it out"
            ));
        }
        Self(())
    }

    pub(crate) fn register(&self, _: &mut ContainerBuilder) {}

    pub(crate) fn add_routes(&self, router: Router) -> Router {
        router
    }

    pub(crate) fn around<H: Handler>(
        &self,
        handler: H,
        access: Option<AccessLog>,
    ) -> Option<BoxHandler> {
        access.map(|access| BoxHandler::new(access.wrap(handler)))
    }

    pub(crate) fn watch(&self, _: Handle, _: &Counters, _: Option<&Log>) {}

    pub(crate) fn log_output(&self) -> Option<Output> {
        None
    }

    pub(crate) fn install(&self, log: &Log) -> Result<(), LogError> {
        log.install()
    }

    pub(crate) fn leave(&self) {}

    pub(crate) async fn finish(self) {}
}
