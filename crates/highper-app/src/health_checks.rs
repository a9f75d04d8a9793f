//! The health checks of an application, run together and not for every question.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use highper_core::{BoxError, Container, HEALTH_CHECKS, HealthCheck};
use serde::ser::{Serialize, SerializeMap, Serializer};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

/// The checks that the container has under their tag.
#[derive(Debug)]
pub(crate) struct HealthChecks {
    container: Container,
    /// Held while they run: whoever asks meanwhile gets what comes of it.
    latest: Mutex<Option<Latest>>,
}

#[derive(Debug)]
struct Latest {
    at: Instant,
    outcomes: Outcomes,
}

/// Which checks pass, by their names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcomes(Arc<BTreeMap<String, bool>>);

impl HealthChecks {
    pub(crate) fn new(container: Container) -> Self {
        Self { container, latest: Mutex::default() }
    }

    /// What they say, or said a moment ago.
    pub(crate) async fn outcomes(&self) -> Outcomes {
        let mut latest = self.latest.lock().await;
        if let Some(latest) = latest.as_ref().filter(|latest| latest.at.elapsed() < KEPT) {
            return latest.outcomes.clone();
        }
        let before = latest.as_ref().map(|latest| latest.outcomes.clone()).unwrap_or_default();
        let outcomes = self.run(&before).await;
        *latest = Some(Latest { at: Instant::now(), outcomes: outcomes.clone() });
        outcomes
    }

    async fn run(&self, before: &Outcomes) -> Outcomes {
        let mut outcomes = BTreeMap::new();
        let mut running = JoinSet::new();
        let mut names = HashMap::new();
        for check in &self.container.tagged::<dyn HealthCheck>(HEALTH_CHECKS) {
            match check {
                Ok(check) => {
                    let name = check.name().to_owned();
                    names.insert(running.spawn(looked(check)).id(), name);
                }
                Err(error) => {
                    before.log_change(UNMADE, Some(&error));
                    outcomes.insert(UNMADE.to_owned(), false);
                }
            }
        }
        while let Some(ended) = running.join_next_with_id().await {
            let (id, result) = match ended {
                Ok((id, result)) => (id, result),
                Err(panic) => (panic.id(), Err(panic.into())),
            };
            let Some(name) = names.remove(&id) else { continue };
            before.log_change(&name, result.as_ref().err().map(|error| &**error as _));
            // Of two with one name both must pass.
            *outcomes.entry(name).or_insert(true) &= result.is_ok();
        }
        Outcomes(Arc::new(outcomes))
    }
}

async fn looked(check: Arc<dyn HealthCheck>) -> Result<(), BoxError> {
    let limit = check.timeout();
    match timeout(limit, check.check()).await {
        Ok(result) => result,
        Err(_) => Err(format!("it took longer than {limit:?}").into()),
    }
}

impl Outcomes {
    pub(crate) fn pass(&self) -> bool {
        self.0.values().all(|passes| *passes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Logs what was otherwise before: a service that is down for an hour takes two lines.
    fn log_change(&self, name: &str, error: Option<&(dyn std::error::Error + 'static)>) {
        let passed = self.0.get(name).copied().unwrap_or(true);
        match error {
            Some(error) if passed => tracing::error!(check = name, error, "a health check fails"),
            None if !passed => tracing::info!(check = name, "a health check passes again"),
            _ => {}
        }
    }
}

impl Serialize for Outcomes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut checks = serializer.serialize_map(Some(self.0.len()))?;
        for (name, passes) in &*self.0 {
            let status = if *passes { "pass" } else { "fail" };
            checks.serialize_entry(name, &[BTreeMap::from([("status", status)])])?;
        }
        checks.end()
    }
}

/// What was found is told for so long, however many ask.
const KEPT: Duration = Duration::from_secs(1);

/// The name of checks that the container cannot make, so that theirs are not known.
const UNMADE: &str = "services";
