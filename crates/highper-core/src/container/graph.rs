//! What each service needs is looked at before anything is built.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::entry::{Broken, Entry};
use super::error::{ADVICE, ContainerError};
use super::inner::Inner;
use super::needs::Need;
use crate::{Lifetime, ServiceKey};

/// Something that keeps services from being built.
#[derive(Debug)]
pub(crate) struct Problem {
    what: String,
    /// What to do, with the punctuation before it.
    advice: String,
    is_told: AtomicBool,
}

impl Problem {
    pub(crate) fn new(what: String, advice: String) -> Arc<Self> {
        Arc::new(Self { what, advice, is_told: AtomicBool::new(false) })
    }

    /// An error for whoever needs a service that this keeps from being built.
    pub(crate) fn error(&self, key: &ServiceKey, path: &str) -> ContainerError {
        let is_repeated = self.is_told.swap(true, Ordering::Relaxed);
        let message = format!("{}{path}{}", self.what, self.advice);
        ContainerError::broken(key, message, is_repeated)
    }

    pub(crate) fn set_untold(&self) {
        self.is_told.store(false, Ordering::Relaxed);
    }

    pub(crate) fn is_told(&self) -> bool {
        self.is_told.load(Ordering::Relaxed)
    }

    /// The problem in a line, with the longest way from it to a service.
    pub(crate) fn line(self: &Arc<Self>, entries: &[Arc<Entry>]) -> String {
        let mut longest: Option<(&Entry, &str)> = None;
        for entry in entries {
            if let Some(broken) = entry.broken.get()
                && Arc::ptr_eq(&broken.problem, self)
                && longest.is_none_or(|(_, path)| broken.path.len() > path.len())
            {
                longest = Some((entry, &broken.path));
            }
        }
        let (path, provider) = longest.map_or(("", None), |(entry, path)| (path, entry.provider));
        let provider = provider.map(|name| format!(" (bound by {name})")).unwrap_or_default();
        format!("{}{path}{provider}{}", self.what, self.advice)
    }
}

/// Looks for what is missing, for circles, and for singletons that would keep what a scope ends.
pub(crate) fn check(inner: &Inner, entries: &[Arc<Entry>]) -> Vec<Arc<Problem>> {
    let mut walk = Walk::new(inner);
    entries.iter().for_each(|entry| walk.visit(entry));
    walk.problems.into_iter().map(|(_, problem)| problem).collect()
}

/// Every service that needs one that is broken is broken too.
pub(crate) fn spread(inner: &Inner, entries: &[Arc<Entry>]) {
    let mut has_spread = true;
    while has_spread {
        has_spread = false;
        for entry in entries.iter().filter(|entry| entry.broken.get().is_none()) {
            let broken = targets(inner, entry).find_map(|target| target.broken.get());
            if let Some(broken) = broken {
                let path = format!("{}, needed by `{}`", broken.path, entry.key);
                let problem = Arc::clone(&broken.problem);
                has_spread |= entry.broken.set(Broken { problem, path }).is_ok();
            }
        }
    }
}

/// What has to be built before, so far as it is bound.
pub(crate) fn targets<'a>(
    inner: &'a Inner,
    entry: &'a Entry,
) -> impl Iterator<Item = &'a Arc<Entry>> {
    entry.needs.iter().filter_map(|need| match need {
        Need::Service(key) | Need::Optional(key) => inner.binding_for(Some(entry), key),
        _ => None,
    })
}

/// A hint at a key that looks like the one that is missing.
pub(crate) fn similar<'a>(
    missing: &ServiceKey,
    bound: impl Iterator<Item = &'a ServiceKey>,
) -> String {
    let wanted = last_word(missing.as_str());
    bound
        .filter(|key| *key != missing)
        .map(|key| (strsim::levenshtein(wanted, last_word(key.as_str())), key))
        .filter(|(distance, _)| *distance <= MAX_DISTANCE.min(wanted.len() / 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, key)| format!("; bound is `{key}`"))
        .unwrap_or_default()
}

/// `Mailer` of `dyn shop::mail::Mailer`, so that a trait and its namesake elsewhere are alike.
fn last_word(name: &str) -> &str {
    let end = name.find('<').unwrap_or(name.len());
    name[..end].rsplit([':', ' ']).next().unwrap_or(name)
}

struct Walk<'a> {
    inner: &'a Inner,
    path: Vec<Arc<Entry>>,
    done: HashSet<u64>,
    /// What lives as long as a scope, or needs what does.
    scoped: HashSet<u64>,
    /// With the missing key, of which there is one each.
    problems: Vec<(Option<ServiceKey>, Arc<Problem>)>,
}

impl<'a> Walk<'a> {
    fn new(inner: &'a Inner) -> Self {
        let (path, done, scoped, problems) = Default::default();
        Self { inner, path, done, scoped, problems }
    }

    fn visit(&mut self, entry: &Arc<Entry>) {
        if self.done.contains(&entry.id) {
            return;
        }
        if let Some(at) = self.path.iter().position(|known| known.id == entry.id) {
            return self.circle(at, entry);
        }
        self.path.push(Arc::clone(entry));
        for need in entry.needs.iter() {
            if let Need::Service(key) | Need::Later(key) = need
                && self.inner.binding_for(Some(entry), key).is_none()
            {
                self.missing(entry, key);
            }
        }
        for target in targets(self.inner, entry) {
            self.visit(target);
            if self.scoped.contains(&target.id) {
                self.scoped_need(entry, target);
            }
        }
        if entry.lifetime == Lifetime::Scoped {
            self.scoped.insert(entry.id);
        }
        self.path.pop();
        self.done.insert(entry.id);
    }

    fn missing(&mut self, entry: &Entry, key: &ServiceKey) {
        let known = self.problems.iter().find(|(missing, _)| missing.as_ref() == Some(key));
        let problem = match known {
            Some((_, problem)) => Arc::clone(problem),
            None => {
                let hint = similar(key, self.inner.entries.iter().map(|entry| &entry.key));
                let what = format!("no `{key}` in the container");
                let problem = Problem::new(what, format!(": {ADVICE}{hint}"));
                self.problems.push((Some(key.clone()), Arc::clone(&problem)));
                problem
            }
        };
        let path = format!(", needed by `{}`", entry.key);
        let _ = entry.broken.set(Broken { problem, path });
    }

    fn circle(&mut self, at: usize, entry: &Entry) {
        let keys = self.path[at..].iter().map(|entry| &entry.key);
        let what = super::chain::circle(keys, &entry.key);
        let problem = Problem::new(what, format!(": {}", super::chain::CIRCLE_ADVICE));
        for entry in &self.path[at..] {
            let (problem, path) = (Arc::clone(&problem), String::new());
            let _ = entry.broken.set(Broken { problem, path });
        }
        self.problems.push((None, problem));
    }

    fn scoped_need(&mut self, entry: &Entry, target: &Entry) {
        if entry.lifetime != Lifetime::Singleton {
            self.scoped.insert(entry.id);
            return;
        }
        let (key, needed) = (&entry.key, &target.key);
        let what = format!("`{key}` is a singleton and needs `{needed}`, which ends with a scope");
        let advice = format!(": bind `{key}` with `scoped`, or take `{needed}` where it is used");
        let problem = Problem::new(what, advice);
        let path = String::new();
        let _ = entry.broken.set(Broken { problem: Arc::clone(&problem), path });
        self.problems.push((None, problem));
    }
}

/// More than this many letters apart is another name.
const MAX_DISTANCE: usize = 2;
