//! Plays many cases at once.

use std::{
    net::SocketAddr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use super::{
    case::Case,
    play::{self, Failure, manners},
};
use crate::console::progress;

/// A failure that is known and will stay for now.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) engine: &'static str,
    pub(super) case: &'static str,
    /// Why, and what follows from it.
    pub(super) why: &'static str,
    /// How the failure reads, where it depends on time: then the case may pass as well, and fails with
    /// nothing else.
    pub(super) sometimes: Option<&'static str>,
}

impl Known {
    fn is(&self, failure: &Failure) -> bool {
        self.sometimes.is_none_or(|words| failure.why.contains(words))
    }
}

/// What one engine made of one case.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) case: &'static Case,
    pub(super) engine: &'static str,
    pub(super) failure: Option<Box<Failure>>,
    pub(super) known: Option<&'static Known>,
}

/// What that comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Passed,
    Failed,
    /// Failed, as the list of known failures says.
    Known,
    /// Passed, though the list says that it fails: the list has to be mended.
    Mended,
}

impl Outcome {
    pub(super) fn verdict(&self) -> Verdict {
        match (&self.failure, self.known) {
            (Some(failure), Some(known)) if known.is(failure) => Verdict::Known,
            (Some(_), _) => Verdict::Failed,
            (None, Some(known)) if known.sometimes.is_none() => Verdict::Mended,
            (None, _) => Verdict::Passed,
        }
    }
}

/// So many connections at once. Most cases wait for their server, some for its time-outs.
const PLAYERS: usize = 24;

/// Plays every case to every engine. The results stand in the order of the cases.
pub(super) fn play(
    cases: &[&'static Case],
    engines: &[(&'static str, SocketAddr)],
    known: &'static [Known],
) -> Vec<Outcome> {
    let games: Vec<_> =
        cases.iter().flat_map(|case| engines.iter().map(move |engine| (*case, *engine))).collect();
    let bar = progress(games.len() as u64).with_message("cases");
    let (next, outcomes) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(games.len())));
    thread::scope(|scope| {
        for _ in 0..PLAYERS.min(games.len()) {
            scope.spawn(|| {
                while let Some(&(case, (engine, address))) =
                    games.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let failure = manners(case)
                        .iter()
                        .find_map(|manner| play::play(case, address, *manner).err());
                    let is_known = |known: &&Known| known.engine == engine && known.case == case.id;
                    let known = known.iter().find(is_known);
                    bar.inc(1);
                    let mut outcomes = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
                    outcomes.push(Outcome { case, engine, failure, known });
                }
            });
        }
    });
    bar.finish_and_clear();
    let mut outcomes = outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
    let place = |outcome: &Outcome| cases.iter().position(|case| case.id == outcome.case.id);
    outcomes.sort_by_key(|outcome| {
        (place(outcome), engines.iter().position(|(engine, _)| *engine == outcome.engine))
    });
    outcomes
}
