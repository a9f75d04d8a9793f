//! Who wants to know how many members a channel has elsewhere.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, oneshot};

/// Questions about the members of other processes. Those about one channel are asked of Redis as one.
#[derive(Default)]
pub(super) struct Questions {
    queue: Mutex<Queue>,
    filled: Notify,
}

#[derive(Default)]
struct Queue {
    is_open: bool,
    count: usize,
    asked: HashMap<String, Vec<Answer>>,
}

type Answer = oneshot::Sender<Result<usize, String>>;

/// What is asked about one channel. Those of one that is dropped learn that the connection broke.
pub(super) struct Question {
    pub(super) channel: String,
    answers: Vec<Answer>,
}

impl Questions {
    pub(super) async fn ask(&self, channel: &str) -> io::Result<usize> {
        let (answer, answered) = oneshot::channel();
        {
            let mut queue = self.queue();
            if !queue.is_open {
                return Err(is_away());
            }
            if queue.count >= MAX_QUESTIONS {
                let full = "too many ask how many members there are in other processes";
                return Err(io::Error::new(io::ErrorKind::ResourceBusy, full));
            }
            queue.count += 1;
            queue.asked.entry(channel.to_owned()).or_default().push(answer);
        }
        self.filled.notify_one();
        answered.await.map_err(|_| is_away())?.map_err(io::Error::other)
    }

    /// Redis is there.
    pub(super) fn open(&self) {
        self.queue().is_open = true;
    }

    /// Redis is away: who waits is told so, and who asks from now on.
    pub(super) fn close(&self) {
        *self.queue() = Queue::default();
    }

    /// Waits until something is asked, and takes it.
    pub(super) async fn next(&self) -> Vec<Question> {
        loop {
            let questions = self.queue().take();
            if !questions.is_empty() {
                return questions;
            }
            self.filled.notified().await;
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Nothing panics while it is held.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn take(&mut self) -> Vec<Question> {
        let channels: Vec<_> = self.asked.keys().take(MAX_BATCH).cloned().collect();
        let questions = channels.into_iter().filter_map(|channel| {
            let (channel, answers) = self.asked.remove_entry(&channel)?;
            self.count -= answers.len();
            Some(Question { channel, answers })
        });
        questions.collect()
    }
}

impl Question {
    pub(super) fn answer(self, answer: &Result<usize, String>) {
        for asker in self.answers {
            // Some do not wait for it any more.
            let _ = asker.send(answer.clone());
        }
    }
}

fn is_away() -> io::Error {
    let away = "the members of other processes are not known: there is no connection to Redis";
    io::Error::new(io::ErrorKind::NotConnected, away)
}

/// The most that wait for an answer.
const MAX_QUESTIONS: usize = 100_000;
/// The most channels in one command.
const MAX_BATCH: usize = 1_000;

#[cfg(test)]
mod tests {
    use futures_util::future::{join, join_all};

    use super::*;

    #[tokio::test]
    async fn one_channel_is_asked_about_once_and_all_who_ask_are_answered() {
        let questions = Questions::default();
        questions.open();
        let asking = join_all((0..10).map(|_| questions.ask("books")));
        let answering = async {
            let asked = questions.next().await;
            assert_eq!(asked.len(), 1);
            asked.into_iter().for_each(|question| question.answer(&Ok(7)));
        };
        let (answers, ()) = join(asking, answering).await;
        assert!(answers.into_iter().all(|answer| answer.unwrap() == 7));
        assert_eq!(questions.queue().count, 0);
    }

    #[tokio::test]
    async fn who_waits_when_redis_goes_away_is_told_and_who_asks_later_too() {
        let questions = Questions::default();
        questions.open();
        let (answer, ()) = join(questions.ask("books"), async { questions.close() }).await;
        assert_eq!(answer.unwrap_err().kind(), io::ErrorKind::NotConnected);
        let answer = questions.ask("books").await;
        assert_eq!(answer.unwrap_err().kind(), io::ErrorKind::NotConnected);
    }

    #[tokio::test]
    async fn a_refusal_is_told() {
        let questions = Questions::default();
        questions.open();
        let refusing = async {
            let refusal = Err("NOPERM no such key for you".to_owned());
            questions.next().await.into_iter().for_each(|question| question.answer(&refusal));
        };
        let (answer, ()) = join(questions.ask("books"), refusing).await;
        assert!(answer.unwrap_err().to_string().contains("NOPERM"));
    }
}
