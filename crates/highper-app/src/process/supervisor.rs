//! A process that does not serve itself: it keeps workers that do.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tracing::{info, warn};

use super::slot::{Event, Phase, Slot};
use super::successor::End;
use super::{Announcement, Parent, Restarts};
use crate::hangups::Hangups;
use crate::signals::Signals;

/// A process that keeps workers and the listeners that they share.
///
/// A worker that dies takes its own connections with it and nothing else: who is not accepted yet
/// waits on sockets that the supervisor has too, until the next worker is there.
#[derive(Debug)]
pub(crate) struct Supervisor {
    pub(crate) workers: usize,
    pub(crate) signals: Signals,
    pub(crate) restarts: Restarts,
    pub(crate) hangups: Option<Hangups>,
    pub(crate) pid_file: Option<PathBuf>,
    /// How long workers may drain until they are killed.
    pub(crate) patience: Duration,
}

/// What a supervisor has come to.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It was to end; what was wrong with the end of its workers.
    Ended(Vec<String>),
    /// A worker does not start, for this reason.
    Failed(String),
}

impl Supervisor {
    /// Supervises until a signal ends it, or a successor serves, or a worker does not start.
    /// `predecessor` is told, and gone, once all workers serve.
    pub(crate) async fn supervise(mut self, predecessor: &mut Option<Parent>) -> Outcome {
        let (phase, phases) = watch::channel(Phase::Serving);
        let (reload, reloads) = watch::channel(0);
        let (sender, mut events) = mpsc::channel(self.workers);
        let mut slots = JoinSet::new();
        for index in 0..self.workers {
            slots.spawn(self.slot(index, phases.clone(), reloads.clone(), sender.clone()).keep());
        }
        drop((phases, reloads, sender));
        // Files that are broken are told of here, once, and kept from the workers.
        let reloading = self.hangups.take().map(|hangups| {
            tokio::spawn(hangups.obey(move || reload.send_modify(|count| *count += 1)))
        });

        let booted = tokio::select! {
            booted = all_ready(self.workers, &mut events) => Some(booted),
            name = self.signals.next_end() => {
                info!("{name}: ending before all workers serve");
                None
            }
        };
        let mut announcement = None;
        let mut wanted = Phase::Draining;
        let failure = match booted {
            None => None,
            Some(Err(reason)) => Some(reason),
            Some(Ok(())) => {
                info!(workers = self.workers, "all workers serve");
                announcement = Some(Announcement::serving(self.pid_file.as_deref()));
                if let Some(mut predecessor) = predecessor.take() {
                    predecessor.ready().await;
                }
                self.restarts.held.own_files(true);
                tokio::select! {
                    end = self.restarts.until_end(&mut self.signals) => {
                        if end == End::Replaced {
                            wanted = Phase::Replaced;
                        }
                        None
                    }
                    reason = failure(&mut events) => Some(reason),
                }
            }
        };
        // Nobody waits for these any more.
        drop(events);
        self.restarts.held.close();
        phase.send_replace(wanted);
        let problems = self.end(&phase, slots).await;
        drop(announcement);
        if let Some(reloading) = reloading {
            reloading.abort();
        }
        failure.map_or(Outcome::Ended(problems), Outcome::Failed)
    }

    fn slot(
        &self,
        index: usize,
        phase: watch::Receiver<Phase>,
        reloads: watch::Receiver<u64>,
        events: mpsc::Sender<Event>,
    ) -> Slot {
        Slot {
            index,
            workers: self.workers,
            program: self.restarts.program.clone(),
            held: self.restarts.held.clone(),
            phase,
            reloads,
            events,
            patience: self.patience,
        }
    }

    /// Waits until the workers have ended, and stops them at the next signal: what was wrong with them.
    async fn end(
        &mut self,
        phase: &watch::Sender<Phase>,
        mut slots: JoinSet<Option<String>>,
    ) -> Vec<String> {
        let mut problems = Vec::new();
        loop {
            tokio::select! {
                ended = slots.join_next() => match ended {
                    Some(Ok(problem)) => problems.extend(problem),
                    Some(Err(error)) => problems.push(error.to_string()),
                    None => return problems,
                },
                name = self.signals.next_end() => {
                    warn!("{name} again: ending at once");
                    phase.send_replace(Phase::Stopping);
                }
            }
        }
    }
}

/// Waits until each worker has served once, or one does not start.
async fn all_ready(workers: usize, events: &mut mpsc::Receiver<Event>) -> Result<(), String> {
    let mut ready = BTreeSet::new();
    while ready.len() < workers {
        match events.recv().await {
            Some(Event::Ready { index }) => ready.insert(index),
            Some(Event::Failed { index, reason }) => return Err(describe(index, &reason)),
            None => return Err("every worker was given up".to_owned()),
        };
    }
    Ok(())
}

/// Waits until a worker does not start any more.
async fn failure(events: &mut mpsc::Receiver<Event>) -> String {
    loop {
        match events.recv().await {
            Some(Event::Ready { .. }) => {}
            Some(Event::Failed { index, reason }) => return describe(index, &reason),
            None => return "every worker was given up".to_owned(),
        }
    }
}

fn describe(index: usize, reason: &str) -> String {
    format!("worker {index} has not started 5 times in a row; the last time: {reason}")
}
