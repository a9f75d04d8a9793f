//! What a run sends: its requests one after another, over and over.

use crate::Plan;

/// As many requests as a closed loop sends at once stand in one piece, wherever it begins.
pub(super) struct Script {
    bytes: Vec<u8>,
    /// Of one request; all have the same.
    length: usize,
    requests: usize,
    next: usize,
}

impl Script {
    pub(super) fn new(plan: &Plan) -> Self {
        let requests = plan.fields.requests();
        let numbers = (0..requests).cycle().take(requests + plan.pipeline - 1);
        let request = |number| plan.fields.request(number, plan.address, &plan.path);
        let (length, bytes) = (request(0).len(), numbers.flat_map(request).collect());
        Self { bytes, length, requests, next: 0 }
    }

    /// The next requests, at most as many as the plan's pipeline.
    pub(super) fn take(&mut self, count: usize) -> &[u8] {
        let start = self.next * self.length;
        self.next = (self.next + count) % self.requests;
        &self.bytes[start..start + count * self.length]
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Fields, Pace};

    #[test]
    fn requests_follow_each_other_and_begin_anew_also_within_one_piece() {
        let plan = |fields| Plan {
            address: "127.0.0.1:80".parse().unwrap(),
            path: "/".into(),
            fields,
            connections: 1,
            pipeline: 4,
            duration: Duration::ZERO,
            pace: Pace::ClosedLoop,
        };
        let mut script = Script::new(&plan(Fields::Distinct));
        let mut numbers = move |count| {
            let text = String::from_utf8(script.take(count).to_vec()).unwrap();
            let values = text.split("session=").skip(1);
            values.map(|value| usize::from_str_radix(&value[..8], 16).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(numbers(2), [0, 1]);
        assert_eq!(numbers(4), [2, 3, 4, 5]);
        (0..1022).for_each(|_| drop(numbers(4)));
        assert_eq!(numbers(4), [4094, 4095, 0, 1]);
        assert_eq!(numbers(1), [2]);

        let mut same = Script::new(&plan(Fields::Host));
        assert_eq!(same.take(4), b"GET / HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n".repeat(4));
    }
}
