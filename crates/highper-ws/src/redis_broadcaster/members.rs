//! The members of this process, and what Redis does not know of them yet.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// How many members the channels have here, beside what Redis was asked for and told. Whoever joins or leaves
/// never waits for Redis; what comes and goes in between it never hears of.
#[derive(Default)]
pub(super) struct Members {
    sets: Mutex<Sets>,
    changed: Notify,
    counted: Notify,
}

#[derive(Default)]
struct Sets {
    /// None has zero.
    counts: HashMap<Arc<str>, usize>,
    /// Those that are subscribed to.
    asked: HashSet<Arc<str>>,
    /// Those that have members and are not subscribed to, and the other way round.
    changes: HashSet<Arc<str>>,
    /// Those whose count Redis was not told.
    untold: HashSet<Arc<str>>,
}

/// What to ask for next.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) subscribe: Vec<Arc<str>>,
    pub(super) unsubscribe: Vec<Arc<str>>,
}

impl Members {
    pub(super) fn set(&self, channel: &Arc<str>, count: usize) {
        let mut sets = self.sets();
        let before = match count {
            0 => sets.counts.remove(channel),
            count => sets.counts.insert(Arc::clone(channel), count),
        };
        sets.untold.insert(Arc::clone(channel));
        let is_first_or_last = before.is_none() || count == 0;
        if is_first_or_last {
            sets.note(channel);
        }
        drop(sets);
        self.counted.notify_one();
        if is_first_or_last {
            self.changed.notify_one();
        }
    }

    /// A new connection was asked for nothing yet.
    pub(super) fn ask_again(&self) {
        let mut sets = self.sets();
        sets.asked.clear();
        sets.changes = sets.counts.keys().cloned().collect();
        drop(sets);
        self.changed.notify_one();
    }

    /// Redis was told no count, or has lost them.
    pub(super) fn tell_again(&self) {
        let mut sets = self.sets();
        sets.untold = sets.counts.keys().cloned().collect();
        drop(sets);
        self.counted.notify_one();
    }

    /// Waits until there is something to ask for.
    pub(super) async fn next_changes(&self) -> Changes {
        loop {
            let changes = self.sets().take_changes();
            if changes != Changes::default() {
                return changes;
            }
            self.changed.notified().await;
        }
    }

    /// Waits until there are counts to tell.
    pub(super) async fn next_counts(&self) -> Vec<(Arc<str>, usize)> {
        loop {
            let counts = self.sets().take_counts();
            if !counts.is_empty() {
                return counts;
            }
            self.counted.notified().await;
        }
    }

    fn sets(&self) -> MutexGuard<'_, Sets> {
        // Nothing panics while it is held.
        self.sets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sets {
    fn note(&mut self, channel: &Arc<str>) {
        if self.counts.contains_key(channel) == self.asked.contains(channel) {
            self.changes.remove(channel);
        } else {
            self.changes.insert(Arc::clone(channel));
        }
    }

    fn take_changes(&mut self) -> Changes {
        let batch: Vec<_> = self.changes.iter().take(MAX_BATCH).cloned().collect();
        let mut changes = Changes::default();
        for channel in batch {
            self.changes.remove(&channel);
            if self.counts.contains_key(&channel) {
                self.asked.insert(Arc::clone(&channel));
                changes.subscribe.push(channel);
            } else {
                self.asked.remove(&channel);
                changes.unsubscribe.push(channel);
            }
        }
        changes
    }

    fn take_counts(&mut self) -> Vec<(Arc<str>, usize)> {
        let batch: Vec<_> = self.untold.iter().take(MAX_BATCH).cloned().collect();
        let counts = batch.into_iter().map(|channel| {
            self.untold.remove(&channel);
            let count = self.counts.get(&channel).copied().unwrap_or(0);
            (channel, count)
        });
        counts.collect()
    }
}

/// The most channels in one command.
const MAX_BATCH: usize = 1_000;

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn names<const N: usize>(names: [&str; N]) -> Vec<Arc<str>> {
        names.map(Arc::from).to_vec()
    }

    fn sorted(mut names: Vec<Arc<str>>) -> Vec<Arc<str>> {
        names.sort();
        names
    }

    #[tokio::test]
    async fn what_comes_and_goes_in_between_is_not_asked_for() {
        let members = Members::default();
        let [one, two] = ["one", "two"].map(Arc::from);
        members.set(&one, 1);
        members.set(&two, 1);
        members.set(&two, 0);
        let changes = members.next_changes().await;
        assert_eq!((changes.subscribe, changes.unsubscribe), (names(["one"]), vec![]));
        members.set(&one, 0);
        members.set(&one, 1);
        members.set(&two, 1);
        assert_eq!(members.next_changes().await.subscribe, names(["two"]));
        members.set(&one, 0);
        assert_eq!(members.next_changes().await.unsubscribe, names(["one"]));
        members.ask_again();
        assert_eq!(members.next_changes().await.subscribe, names(["two"]));
    }

    #[tokio::test]
    async fn whatever_the_order_what_is_asked_for_is_what_is_wanted_in_the_end() {
        let members = Arc::new(Members::default());
        let all: Vec<Arc<str>> = (0..40).map(|name| name.to_string().into()).collect();
        let threads: Vec<_> = (0..4)
            .map(|thread| {
                // Each has channels of its own, as the table's lock gives one channel one order.
                let mine = all[thread * 10..][..10].to_vec();
                let members = Arc::clone(&members);
                thread::spawn(move || {
                    for round in 0..10_000 {
                        let channel = &mine[(round * 7 + round / 13) % 10];
                        if round % 3 == 0 {
                            members.set(channel, 0);
                        } else {
                            members.set(channel, 1);
                        }
                    }
                    members.set(&mine[0], 1);
                    mine[1..].iter().for_each(|channel| members.set(channel, 0));
                })
            })
            .collect();
        let mut asked = HashSet::new();
        let mut apply = |changes: Changes| {
            for channel in changes.subscribe {
                assert!(asked.insert(channel), "asked for twice");
            }
            for channel in changes.unsubscribe {
                assert!(asked.remove(&channel), "never asked for");
            }
        };
        while !threads.iter().all(thread::JoinHandle::is_finished) {
            let changes = members.sets().take_changes();
            apply(changes);
        }
        apply(members.sets().take_changes());
        let asked = sorted(asked.into_iter().collect());
        assert_eq!(asked, sorted(names(["0", "10", "20", "30"])));
    }

    #[tokio::test]
    async fn a_count_is_told_as_it_is_when_it_is_told() {
        let members = Members::default();
        let channel: Arc<str> = "books".into();
        for count in [1, 2, 3, 2] {
            members.set(&channel, count);
        }
        assert_eq!(members.next_counts().await, [(Arc::clone(&channel), 2)]);
        members.tell_again();
        assert_eq!(members.next_counts().await, [(Arc::clone(&channel), 2)]);
        members.set(&channel, 0);
        assert_eq!(members.next_counts().await, [(channel, 0)]);
        members.tell_again();
        assert!(members.sets().take_counts().is_empty(), "nobody is here");
    }
}
