//! How long accepting pauses when the system has run out of descriptors or memory.

use std::{io, time::Duration};

/// The next pause: 10 ms, doubled each time up to 1 s, until something is accepted again.
#[derive(Debug)]
pub(crate) struct BackOff {
    next: Duration,
}

const SHORTEST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_secs(1);

impl BackOff {
    pub(crate) fn new() -> Self {
        Self { next: SHORTEST }
    }

    pub(crate) fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).min(LONGEST);
        pause
    }

    pub(crate) fn reset(&mut self) {
        self.next = SHORTEST;
    }
}

/// Does `error` concern one connection only, so that the next can be accepted at once?
///
/// Linux hands errors that a new connection already has to `accept` (accept(2), "Error
/// handling"). All others say that the system lacks something (EMFILE, ENFILE, ENOBUFS, ENOMEM)
/// or are unknown: to try again at once would spin.
pub(crate) fn concerns_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, Interrupted,
        NetworkDown, NetworkUnreachable, PermissionDenied,
    };
    matches!(
        error.kind(),
        ConnectionAborted
            | ConnectionRefused
            | ConnectionReset
            | HostUnreachable
            | Interrupted
            | NetworkDown
            | NetworkUnreachable
            | PermissionDenied
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_second_and_start_again_after_a_success() {
        let mut back_off = BackOff::new();
        let pauses: Vec<_> = (0..9).map(|_| back_off.pause().as_millis()).collect();
        assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
        back_off.reset();
        assert_eq!(back_off.pause().as_millis(), 10);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn exhaustion_pauses_and_a_lost_connection_does_not() {
        const ECONNABORTED: i32 = 103;
        const EPERM: i32 = 1;
        const EMFILE: i32 = 24;
        const ENFILE: i32 = 23;
        const ENOBUFS: i32 = 105;
        const ENOMEM: i32 = 12;
        let one = |code| concerns_one_connection(&io::Error::from_raw_os_error(code));
        assert!(one(ECONNABORTED) && one(EPERM));
        assert!(![EMFILE, ENFILE, ENOBUFS, ENOMEM].into_iter().any(one));
    }
}
