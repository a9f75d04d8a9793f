//! What `run` does while the workers work: wait, and see to it that the server ends.

use std::{sync::Arc, time::Duration};

use tokio::{sync::mpsc, time::sleep};
use tracing::{info, warn};

use crate::{
    error::Problem,
    handle::{Control, Phase},
    worker::Report,
};

/// How long after the drain time a worker may take to report. One that a handler blocks cannot;
/// it is left behind, so that the server ends all the same.
const GRACE: Duration = Duration::from_millis(500);

/// Follows the workers from their start to their end.
pub(crate) struct Supervisor {
    control: Arc<Control>,
    reports: mpsc::Receiver<Report>,
    names: Vec<String>,
    ready: usize,
    ended: Vec<bool>,
    cut: usize,
    problems: Vec<Problem>,
}

impl Supervisor {
    /// `names`: those of the workers that were started, by index.
    pub(crate) fn new(
        control: Arc<Control>,
        reports: mpsc::Receiver<Report>,
        names: Vec<String>,
    ) -> Self {
        let ended = vec![false; names.len()];
        Self { control, reports, names, ready: 0, ended, cut: 0, problems: Vec::new() }
    }

    /// Returns when the server has ended: how many connections were cut, or what went wrong.
    pub(crate) async fn supervise(
        mut self,
        drain_timeout: Duration,
    ) -> Result<usize, Vec<Problem>> {
        let control = Arc::clone(&self.control);
        tokio::select! {
            // In this order: a worker that has ended because of the drain is no failure.
            biased;
            () = control.reached(Phase::Draining) => info!("draining"),
            () = self.until(Self::one_ended) => {
                // A server that lacks a worker is no server: what is left of it ends too.
                control.advance(Phase::Aborting);
            }
        }
        let patience = async {
            tokio::select! {
                () = sleep(drain_timeout) => {}
                () = control.reached(Phase::Aborting) => {}
            }
            sleep(GRACE).await;
        };
        tokio::select! {
            () = self.until(Self::all_ended) => {}
            () = patience => self.leave_blocked_behind(),
        }
        if self.problems.is_empty() { Ok(self.cut) } else { Err(self.problems) }
    }

    /// Takes reports until `done`. Cancel-safe: a report is either waiting or taken in.
    async fn until(&mut self, done: fn(&Self) -> bool) {
        while !done(self) {
            let Some(report) = self.reports.recv().await else { return };
            self.take(report);
        }
    }

    fn take(&mut self, report: Report) {
        match report {
            Report::Ready => {
                self.ready += 1;
                if self.ready == self.names.len() {
                    self.control.advance(Phase::Started);
                }
            }
            Report::Ended { index, outcome } => {
                self.ended[index] = true;
                match outcome {
                    Ok(cut) => self.cut += cut,
                    Err(reason) => {
                        let name = self.names[index].clone();
                        self.problems.push(Problem::Worker { name, reason });
                    }
                }
            }
        }
    }

    fn one_ended(&self) -> bool {
        self.ended.contains(&true)
    }

    fn all_ended(&self) -> bool {
        !self.ended.contains(&false)
    }

    fn leave_blocked_behind(&mut self) {
        for (index, name) in self.names.iter().enumerate().filter(|(index, _)| !self.ended[*index])
        {
            let connections = self.control.tallies[index].unfinished();
            self.cut += connections;
            warn!(worker = %name, connections, "left behind: something blocks this worker");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{limits::Limits, tally::Tally, worker::REPORTS_PER_WORKER};

    fn supervisor(workers: usize) -> (Supervisor, mpsc::Sender<Report>, Arc<Control>) {
        let limits = Arc::new(Limits::new(8, None));
        let tally = || Arc::new(Tally::new(Arc::clone(&limits)));
        let control = Arc::new(Control::new((0..workers).map(|_| tally()).collect()));
        let (sender, reports) = mpsc::channel(workers * REPORTS_PER_WORKER);
        let names = (0..workers).map(|index| format!("worker-{index}")).collect();
        (Supervisor::new(Arc::clone(&control), reports, names), sender, control)
    }

    fn ended(index: usize, outcome: Result<usize, &str>) -> Report {
        Report::Ended { index, outcome: outcome.map_err(str::to_owned) }
    }

    #[tokio::test]
    async fn a_worker_that_fails_ends_the_server_with_an_error_that_names_it() {
        let (supervisor, workers, control) = supervisor(2);
        let supervising = tokio::spawn(supervisor.supervise(Duration::from_secs(3600)));
        for _ in 0..2 {
            workers.send(Report::Ready).await.unwrap();
        }
        control.reached(Phase::Started).await;
        workers.send(ended(1, Err("its thread panicked"))).await.unwrap();
        control.reached(Phase::Aborting).await;
        workers.send(ended(0, Ok(3))).await.unwrap();
        let problems = supervising.await.unwrap().unwrap_err();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].to_string(), "worker-1 failed: its thread panicked");
    }

    #[tokio::test]
    async fn a_worker_that_has_drained_already_does_not_cut_short_the_others() {
        // Often enough that a choice by chance would show.
        for _ in 0..32 {
            let (supervisor, workers, control) = supervisor(2);
            control.advance(Phase::Draining);
            workers.send(ended(0, Ok(0))).await.unwrap();
            let supervising = tokio::spawn(supervisor.supervise(Duration::from_secs(3600)));
            tokio::task::yield_now().await;
            assert_eq!(control.phase(), Phase::Draining);
            workers.send(ended(1, Ok(0))).await.unwrap();
            assert_eq!(supervising.await.unwrap().unwrap(), 0);
        }
    }

    #[tokio::test]
    async fn nobody_accepts_before_every_worker_is_ready() {
        let (mut supervisor, _workers, control) = supervisor(2);
        supervisor.take(Report::Ready);
        assert_eq!(control.phase(), Phase::Starting);
        supervisor.take(Report::Ready);
        assert_eq!(control.phase(), Phase::Started);
    }

    #[tokio::test]
    async fn a_worker_that_never_answers_is_left_behind_and_its_connections_counted() {
        let (supervisor, workers, control) = supervisor(2);
        let tally = &control.tallies[1];
        tally.admit(tally.place_now().unwrap(), [192, 0, 2, 1].into()).unwrap();
        control.advance(Phase::Draining);
        workers.send(ended(0, Ok(2))).await.unwrap();
        assert_eq!(supervisor.supervise(Duration::ZERO).await.unwrap(), 3);
    }
}
