//! How long answers took: counted, summed up, and put together over several processes.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::LoadError;

/// The longest latency told apart; what takes longer counts as this.
const MAX_LATENCY_NS: u64 = 60_000_000_000;

/// A summary of the latency histogram, in microseconds.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[allow(missing_docs, reason = "the names say it all")]
pub struct Latency {
    pub mean_us: f64,
    pub p50_us: f64,
    pub p90_us: f64,
    pub p99_us: f64,
    pub p999_us: f64,
    pub max_us: f64,
}

/// Every latency, to a thousandth of its value: pairs of nanoseconds and how often they were seen.
/// Those of several processes can be put together, which quantiles cannot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct LatencyCounts(pub Vec<(u64, u64)>);

impl Latency {
    fn of(nanoseconds: &Histogram<u64>) -> Self {
        let at = |quantile| micros(nanoseconds.value_at_quantile(quantile));
        Self {
            mean_us: nanoseconds.mean() / 1e3,
            p50_us: at(0.5),
            p90_us: at(0.9),
            p99_us: at(0.99),
            p999_us: at(0.999),
            max_us: micros(nanoseconds.max()),
        }
    }

    /// Sums up the counts of several processes as if one had made them all.
    ///
    /// # Errors
    ///
    /// There is no memory for a histogram.
    ///
    /// # Example
    /// ```
    /// use highper_load::{Latency, LatencyCounts};
    ///
    /// let (one, other) = (LatencyCounts(vec![(1_000, 99)]), LatencyCounts(vec![(9_000, 1)]));
    /// let all = Latency::merge([&one, &other])?;
    /// assert!(all.p50_us < 1.01 && all.max_us > 8.99);
    /// # Ok::<(), highper_load::LoadError>(())
    /// ```
    pub fn merge<'a>(
        counts: impl IntoIterator<Item = &'a LatencyCounts>,
    ) -> Result<Self, LoadError> {
        let mut all = Recorder::new()?;
        for (nanoseconds, times) in counts.into_iter().flat_map(|counts| &counts.0) {
            all.0.saturating_record_n((*nanoseconds).max(1), *times);
        }
        Ok(all.summary())
    }
}

/// Counts latencies as they come.
#[derive(Debug)]
pub(crate) struct Recorder(Histogram<u64>);

impl Recorder {
    pub(crate) fn new() -> Result<Self, LoadError> {
        // Three digits: no value is off by more than a thousandth.
        Histogram::new_with_bounds(1, MAX_LATENCY_NS, 3)
            .map(Self)
            .map_err(|error| LoadError::new(format!("cannot make a histogram: {error}")))
    }

    pub(crate) fn record(&mut self, latency: Duration) {
        let nanoseconds = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.0.saturating_record(nanoseconds.max(1));
    }

    pub(crate) fn summary(&self) -> Latency {
        Latency::of(&self.0)
    }

    pub(crate) fn counts(&self) -> LatencyCounts {
        let recorded = self.0.iter_recorded();
        let pairs = recorded.map(|step| (step.value_iterated_to(), step.count_at_value()));
        LatencyCounts(pairs.collect())
    }
}

fn micros(nanoseconds: u64) -> f64 {
    Duration::from_nanos(nanoseconds).as_secs_f64() * 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_several_processes_are_those_of_all_their_answers() {
        let (mut one, mut other, mut all) =
            (Recorder::new().unwrap(), Recorder::new().unwrap(), Recorder::new().unwrap());
        for micros in 1..=1_000 {
            let latency = Duration::from_micros(micros * micros);
            if micros % 3 == 0 { &mut one } else { &mut other }.record(latency);
            all.record(latency);
        }
        let merged = Latency::merge([&one.counts(), &other.counts()]).unwrap();
        let (merged, all) = (format!("{merged:?}"), format!("{:?}", all.summary()));
        assert_eq!(merged, all);
    }

    #[test]
    fn no_answers_have_no_latency() {
        assert!(Latency::merge([]).unwrap().max_us.abs() < f64::EPSILON);
    }
}
