//! From bindings to a container, and everything that is wrong on the way.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use super::deferred::Deferred;
use super::entry::{Broken, Entry, Recipe};
use super::graph::{Problem, check, spread, targets};
use super::inner::{Giver, Inner};
use super::needs::{ConfigKey, Need};
use super::resolver::missing_value;
use crate::{
    BootErrors, BoxError, ConfigValues, Container, ContainerBuilder, Lifetime, Resolver, ServiceKey,
};

/// A container that was checked and built, together with what is wrong with it.
///
/// Routes are bound to it all the same, so that what is wrong is told with the route that needs it, and
/// in one go with what is wrong with routes.
#[derive(Debug)]
pub struct Draft {
    container: Container,
    problems: Vec<Arc<Problem>>,
    /// What concerns no service.
    others: Vec<String>,
}

impl Draft {
    /// The container; what is broken in it fails when it is asked for.
    #[must_use]
    pub fn container(&self) -> &Container {
        &self.container
    }

    /// What is wrong, but for what somebody was told who has asked for a broken service meanwhile.
    #[must_use]
    pub fn untold(&self) -> BootErrors {
        let entries: Vec<_> = everything(self.container.inner());
        let untold = self.problems.iter().filter(|problem| !problem.is_told());
        let mut lines: Vec<_> = untold.map(|problem| problem.line(&entries)).collect();
        lines.extend(self.others.iter().cloned());
        lines.sort();
        lines.dedup();
        let mut errors = BootErrors::new();
        lines.into_iter().for_each(|line| errors.push(line));
        errors
    }

    /// The container, if nothing is wrong.
    ///
    /// # Errors
    /// All that is wrong, at once.
    pub fn finish(self) -> Result<Container, BootErrors> {
        self.untold().into_result()?;
        Ok(self.container)
    }
}

impl ContainerBuilder {
    /// Looks at everything that is bound, then builds every singleton, each after those it needs.
    ///
    /// # Errors
    /// All missing and circular dependencies and failed factories at once, each with its path.
    pub fn build(&mut self) -> Result<Container, BootErrors> {
        self.draft().finish()
    }

    /// [`build`](Self::build) for whoever has more to check before the problems are told. The builder is
    /// empty afterwards.
    pub fn draft(&mut self) -> Draft {
        let mut builder = std::mem::take(self);
        builder.follow_exposed();
        builder.apply_extenders();
        builder.drop_stale();
        let names = builder.resolved_names();
        let touched = std::mem::take(&mut builder.touched);
        let rebound = std::mem::take(&mut builder.rebound);
        let mut others = std::mem::take(&mut builder.problems);
        others.extend(builder.given_to_nobody());
        let is_deferred = builder.root.is_some();
        let inner = Arc::new(builder.into_inner(names));
        // What a deferred provider adds is looked at; the rest is, or was, by the container it is added to.
        let is_mine = |entry: &&Arc<Entry>| !is_deferred || touched.contains(&entry.key);
        let own: Vec<_> = inner.entries.iter().filter(is_mine).cloned().collect();
        let mut boot = Boot { inner: &inner, problems: Vec::new() };
        boot.check(&own);
        boot.build(&own);
        boot.tell_rebound(&rebound);
        let problems = boot.problems;
        // To have met one on the way is not to have told it.
        problems.iter().for_each(|problem| problem.set_untold());
        Draft { container: Container::from_inner(&inner), problems, others }
    }

    /// A trait lives as long as the service that it shows.
    fn follow_exposed(&mut self) {
        for key in self.order.clone() {
            let Some(lifetime) = self.lifetime_of(&key, self.order.len()) else { continue };
            if let Some(entry) = self.entries.get_mut(&key).and_then(Arc::get_mut) {
                entry.lifetime = lifetime.0;
                entry.is_lazy |= lifetime.1;
            }
        }
    }

    /// The lifetime, and whether it is lazy. `steps` bounds a circle, which is told elsewhere.
    fn lifetime_of(&self, key: &ServiceKey, steps: usize) -> Option<(Lifetime, bool)> {
        let entry = self.entries.get(key)?;
        match &entry.recipe {
            Recipe::Exposed(_, shown) if steps > 0 => self.lifetime_of(shown, steps - 1),
            _ => Some((entry.lifetime, entry.is_lazy)),
        }
    }

    fn apply_extenders(&mut self) {
        for (key, entry) in &mut self.entries {
            if entry.disposer.is_none()
                && let Some(disposer) = self.disposers.get(key)
            {
                change(entry, |entry| entry.disposer = Some(Arc::clone(disposer)));
            }
            let wanted = self.extenders.get(key).map_or(&[][..], Vec::as_slice);
            let Some(more) = wanted.get(entry.extenders.len()..).filter(|more| !more.is_empty())
            else {
                continue;
            };
            change(entry, |entry| {
                for (extender, needs) in more {
                    entry.extenders.push(Arc::clone(extender));
                    entry.needs.extend(needs.clone());
                }
            });
        }
    }

    /// In a fork: what was built from what is bound anew is built anew.
    fn drop_stale(&mut self) {
        if self.forked.is_none() || self.root.is_some() {
            return;
        }
        let mut stale: Vec<ServiceKey> = self.touched.iter().cloned().collect();
        while let Some(changed) = stale.pop() {
            for (key, entry) in &mut self.entries {
                let needs = |need: &Need| match need {
                    Need::Service(needed) | Need::Optional(needed) => *needed == changed,
                    _ => false,
                };
                if entry.cell.get().is_some() && entry.needs.iter().any(needs) {
                    *entry = Arc::new(entry.anew());
                    stale.push(key.clone());
                }
            }
        }
    }

    /// Names and aliases with what they lead to.
    fn resolved_names(&mut self) -> HashMap<Cow<'static, str>, Arc<Entry>> {
        let mut names = HashMap::new();
        for (key, entry) in self.entries.iter().filter(|(key, _)| key.type_id().is_none()) {
            names.insert(Cow::Owned(key.as_str().to_owned()), Arc::clone(entry));
        }
        for (alias, of) in &self.aliases {
            let mut target = of;
            let mut steps = self.aliases.len();
            while let Some(next) = alias_of(&self.aliases, target).filter(|_| steps > 0) {
                (target, steps) = (next, steps - 1);
            }
            match self.entries.get(target) {
                Some(entry) => {
                    names.insert(alias.clone(), Arc::clone(entry));
                }
                None if steps == 0 => self.problems.push(format!(
                    "alias `{alias}`: it leads to itself over `{of}`; have one of them name a service"
                )),
                None => self.problems.push(format!(
                    "alias `{alias}`: nothing is bound under `{target}`; bind it or take the alias out"
                )),
            }
        }
        names
    }

    fn into_inner(self, names: HashMap<Cow<'static, str>, Arc<Entry>>) -> Inner {
        let entries: Vec<_> =
            self.order.iter().filter_map(|key| self.entries.get(key)).cloned().collect();
        let by_type = |entry: &Arc<Entry>| Some((entry.key.type_id()?, Arc::clone(entry)));
        Inner {
            types: entries.iter().filter_map(by_type).collect(),
            entries,
            names,
            aliases: self.aliases,
            contextual: self.contextual,
            values: self.values,
            tags: self.tags,
            extenders: self.extenders,
            hooks: self.hooks,
            builds: self.forked.map(|base| Arc::clone(&base.builds)).unwrap_or_default(),
            dispose_with: self.dispose_with,
            environment: self.environment.unwrap_or_default(),
            root: self.root,
            is_sealed: AtomicBool::new(false),
            loaded: Mutex::default(),
        }
    }
}

/// Forks.
impl ContainerBuilder {
    /// What a container holds, to be changed.
    pub(crate) fn fork(base: &Arc<Inner>) -> Self {
        let keyed = |entry: &Arc<Entry>| (entry.key.clone(), Arc::clone(entry));
        Self {
            order: base.entries.iter().map(|entry| entry.key.clone()).collect(),
            entries: base.entries.iter().map(keyed).collect(),
            aliases: base.aliases.clone(),
            contextual: base.contextual.clone(),
            values: base.values.clone(),
            tags: base.tags.clone(),
            extenders: base.extenders.clone(),
            hooks: base.hooks.clone(),
            dispose_with: base.dispose_with.clone(),
            environment: Some(base.environment.clone()),
            forked: Some(Arc::clone(base)),
            ..Self::default()
        }
    }

    /// A container, for a deferred provider to add to. What it provides is not bound until it does.
    pub(crate) fn for_deferred(root: &Arc<Inner>, deferred: &Arc<Deferred>) -> Self {
        let mut builder = Self::fork(root);
        builder.root = Some(Arc::downgrade(root));
        builder.entries.retain(|_, entry| {
            !matches!(&entry.recipe, Recipe::Deferred(known) if Arc::ptr_eq(known, deferred))
        });
        let entries = &builder.entries;
        builder.order.retain(|key| entries.contains_key(key));
        builder
    }
}

/// The checks and the first singletons.
struct Boot<'a> {
    inner: &'a Arc<Inner>,
    problems: Vec<Arc<Problem>>,
}

impl Boot<'_> {
    fn check(&mut self, own: &[Arc<Entry>]) {
        let contextual = self.inner.contextual.values().flat_map(HashMap::values).cloned();
        let all: Vec<_> = own.iter().cloned().chain(contextual).collect();
        self.problems.extend(check(self.inner, &all));
        spread(self.inner, &all);
        self.check_tags();
        for entry in &all {
            self.load_deferred(entry);
            self.check_values(entry);
        }
        spread(self.inner, &all);
    }

    fn check_tags(&mut self) {
        for ((tag, _), members) in &self.inner.tags {
            for need in members.iter().flat_map(|member| member.needs.iter()) {
                if let Need::Service(key) = need
                    && self.inner.find(key).is_none()
                {
                    let missing =
                        self.inner.not_found(key, &format!(", needed by the tag `{tag}`"));
                    self.problems.push(Problem::new(missing.to_string(), String::new()));
                }
            }
        }
    }

    fn load_deferred(&mut self, entry: &Arc<Entry>) {
        for target in targets(self.inner, entry) {
            if let Recipe::Deferred(deferred) = &target.recipe
                && let Err(error) = deferred.load(self.inner, &target.key)
            {
                self.broken(entry, error.line(), format!(", needed by `{}`", entry.key));
            }
        }
    }

    /// A value that is set has to be of its type. One that is missing the caller of `make_with` may give,
    /// and so it is looked for only when it is made.
    fn check_values(&mut self, entry: &Arc<Entry>) {
        let resolver = Resolver { consumer: Some(entry), ..Resolver::new(self.inner, None) };
        if entry.broken.get().is_some() || resolver.optional::<dyn ConfigValues>().is_err() {
            return;
        }
        for need in entry.needs.iter() {
            let Need::Value { name, config, has_default } = need else { continue };
            let giver = self.inner.giver(&entry.key, name);
            let may_miss = *has_default || entry.lifetime == Lifetime::Transient;
            let what = match is_given(&resolver, config.as_ref(), giver) {
                Err(error) => format!("{error}, needed by `{}`", entry.key),
                Ok(false) if !may_miss => {
                    let key = config.map(|config| config.key);
                    let key = key.or_else(|| giver.and_then(|giver| giver.config));
                    missing_value(entry.key.as_str(), name, key)
                }
                Ok(_) => continue,
            };
            self.broken(entry, what, String::new());
        }
    }

    fn build(&mut self, own: &[Arc<Entry>]) {
        let resolver = Resolver::new(self.inner, None);
        for entry in own {
            let is_due = entry.lifetime == Lifetime::Singleton && !entry.is_lazy;
            if !is_due || entry.broken.get().is_some() {
                continue;
            }
            let Err(error) = resolver.provide(entry, None) else { continue };
            let problem = Problem::new(error.line(), String::new());
            // Where it is told already, its cause is a service that was found broken before.
            if !error.is_told() {
                self.problems.push(Arc::clone(&problem));
            }
            let _ = entry.broken.set(Broken { problem, path: String::new() });
            spread(self.inner, own);
        }
    }

    fn broken(&mut self, entry: &Entry, what: String, path: String) {
        let problem = Problem::new(what, String::new());
        let _ = entry.broken.set(Broken { problem: Arc::clone(&problem), path });
        self.problems.push(problem);
    }

    fn tell_rebound(&self, rebound: &[ServiceKey]) {
        for key in rebound {
            let Some(hooks) = self.inner.hooks.rebinding.get(key) else { continue };
            if let Ok(value) = Resolver::new(self.inner, None).resolve(key) {
                hooks.iter().for_each(|hook| hook(&value));
            }
        }
    }
}

/// Whether a parameter has a value, of the configuration or of the context.
fn is_given(
    resolver: &Resolver<'_>,
    config: Option<&ConfigKey>,
    giver: Option<&Giver>,
) -> Result<bool, BoxError> {
    if let Some(config) = config
        && (config.is_set)(resolver, config.key)?
    {
        return Ok(true);
    }
    match giver {
        Some(giver) if giver.config.is_some() => Ok((giver.make)(resolver)?.is_some()),
        Some(_) => Ok(true),
        None => Ok(false),
    }
}

/// All bindings, those in context also.
fn everything(inner: &Inner) -> Vec<Arc<Entry>> {
    let contextual = inner.contextual.values().flat_map(HashMap::values);
    inner.entries.iter().chain(contextual).cloned().collect()
}

/// The binding, to be changed; one that a container shares is copied, with what it has built.
fn change(entry: &mut Arc<Entry>, change: impl FnOnce(&mut Entry)) {
    if let Some(own) = Arc::get_mut(entry) {
        return change(own);
    }
    let built = entry.cell.get().map(|value| (Arc::clone(value), entry.extenders.len()));
    let seed = built.or_else(|| entry.seed.clone());
    let mut copy = Entry { seed, ..entry.anew() };
    change(&mut copy);
    *entry = Arc::new(copy);
}

fn alias_of<'a>(
    aliases: &'a HashMap<Cow<'static, str>, ServiceKey>,
    key: &ServiceKey,
) -> Option<&'a ServiceKey> {
    if key.type_id().is_some() { None } else { aliases.get(key.as_str()) }
}
