//! Which channels Redis is to be asked for, while members come and go.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// The channels that have members here beside those that Redis was asked for. Whoever joins or leaves never
/// waits for Redis; what comes and goes in between is never asked for.
#[derive(Default)]
pub(super) struct Subscriptions {
    sets: Mutex<Sets>,
    changed: Notify,
}

#[derive(Default)]
struct Sets {
    wanted: HashSet<Arc<str>>,
    asked: HashSet<Arc<str>>,
    /// Those that are in one of the two only.
    changes: HashSet<Arc<str>>,
}

/// What to ask for next.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) subscribe: Vec<Arc<str>>,
    pub(super) unsubscribe: Vec<Arc<str>>,
}

impl Subscriptions {
    pub(super) fn want(&self, channel: &Arc<str>) {
        let mut sets = self.sets();
        sets.wanted.insert(Arc::clone(channel));
        sets.note(channel);
        drop(sets);
        self.changed.notify_one();
    }

    pub(super) fn leave(&self, channel: &Arc<str>) {
        let mut sets = self.sets();
        sets.wanted.remove(channel);
        sets.note(channel);
        drop(sets);
        self.changed.notify_one();
    }

    /// A new connection was asked for nothing yet.
    pub(super) fn restart(&self) {
        let mut sets = self.sets();
        sets.asked.clear();
        sets.changes = sets.wanted.clone();
        drop(sets);
        self.changed.notify_one();
    }

    /// Waits until there is something to ask for.
    pub(super) async fn next(&self) -> Changes {
        loop {
            let changes = self.sets().take();
            if changes != Changes::default() {
                return changes;
            }
            self.changed.notified().await;
        }
    }

    fn sets(&self) -> MutexGuard<'_, Sets> {
        // Nothing panics while it is held.
        self.sets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sets {
    fn note(&mut self, channel: &Arc<str>) {
        if self.wanted.contains(channel) == self.asked.contains(channel) {
            self.changes.remove(channel);
        } else {
            self.changes.insert(Arc::clone(channel));
        }
    }

    fn take(&mut self) -> Changes {
        let batch: Vec<_> = self.changes.iter().take(MAX_BATCH).cloned().collect();
        let mut changes = Changes::default();
        for channel in batch {
            self.changes.remove(&channel);
            if self.wanted.contains(&channel) {
                self.asked.insert(Arc::clone(&channel));
                changes.subscribe.push(channel);
            } else {
                self.asked.remove(&channel);
                changes.unsubscribe.push(channel);
            }
        }
        changes
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
        let subscriptions = Subscriptions::default();
        let [one, two] = ["one", "two"].map(Arc::from);
        subscriptions.want(&one);
        subscriptions.want(&two);
        subscriptions.leave(&two);
        let changes = subscriptions.next().await;
        assert_eq!((changes.subscribe, changes.unsubscribe), (names(["one"]), vec![]));
        subscriptions.leave(&one);
        subscriptions.want(&one);
        subscriptions.want(&two);
        assert_eq!(subscriptions.next().await.subscribe, names(["two"]));
        subscriptions.leave(&one);
        assert_eq!(subscriptions.next().await.unsubscribe, names(["one"]));
        subscriptions.restart();
        assert_eq!(subscriptions.next().await.subscribe, names(["two"]));
    }

    #[tokio::test]
    async fn whatever_the_order_what_is_asked_for_is_what_is_wanted_in_the_end() {
        let subscriptions = Arc::new(Subscriptions::default());
        let all: Vec<Arc<str>> = (0..40).map(|name| name.to_string().into()).collect();
        let threads: Vec<_> = (0..4)
            .map(|thread| {
                // Each has channels of its own, as the table's lock gives one channel one order.
                let mine = all[thread * 10..][..10].to_vec();
                let subscriptions = Arc::clone(&subscriptions);
                thread::spawn(move || {
                    for round in 0..10_000 {
                        let channel = &mine[(round * 7 + round / 13) % 10];
                        if round % 3 == 0 {
                            subscriptions.leave(channel);
                        } else {
                            subscriptions.want(channel);
                        }
                    }
                    subscriptions.want(&mine[0]);
                    mine[1..].iter().for_each(|channel| subscriptions.leave(channel));
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
            let changes = subscriptions.sets().take();
            apply(changes);
        }
        apply(subscriptions.sets().take());
        let asked = sorted(asked.into_iter().collect());
        assert_eq!(asked, sorted(names(["0", "10", "20", "30"])));
    }
}
