//! The `Date` of an answer (RFC 9110, section 6.6.1), written once a second for each thread.

use std::cell::Cell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// The line of a date, and until when it is the present one.
#[derive(Clone, Copy)]
struct Dated {
    until: Instant,
    line: Line,
}

type Line = [u8; LENGTH];

const LENGTH: usize = b"date: Sun, 06 Nov 1994 08:49:37 GMT\r\n".len();

thread_local! {
    static LAST: Cell<Option<Dated>> = const { Cell::new(None) };
}

/// Sees to it that the date is that of `now`. A clock that is set is noticed within a second.
#[inline]
pub(super) fn keep_up(now: Instant) {
    if LAST.get().is_none_or(|last| now >= last.until) {
        LAST.set(Some(written(now)));
    }
}

/// Appends the field with the date that was [kept up](keep_up) last.
#[inline]
pub(super) fn push_line(out: &mut Vec<u8>) {
    let last = LAST.get().unwrap_or_else(|| written(Instant::now()));
    out.extend_from_slice(&last.line);
}

#[cold]
fn written(now: Instant) -> Dated {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let second = UNIX_EPOCH + Duration::from_secs(since.as_secs());
    let rest =
        Duration::from_secs(1).saturating_sub(Duration::from_nanos(since.subsec_nanos().into()));
    let text = format!("date: {}\r\n", httpdate::fmt_http_date(second));
    let mut line = [0; LENGTH];
    line.copy_from_slice(text.as_bytes());
    Dated { until: now + rest, line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_date_of_now() {
        let mut out = Vec::new();
        keep_up(Instant::now());
        push_line(&mut out);
        let line = String::from_utf8(out).unwrap();
        let told = line.strip_prefix("date: ").unwrap().strip_suffix("\r\n").unwrap();
        let told = httpdate::parse_http_date(told).unwrap();
        assert!(SystemTime::now().duration_since(told).unwrap() < Duration::from_secs(3));
    }

    #[test]
    fn it_is_written_anew_when_its_second_is_over() {
        let later = Instant::now() + Duration::from_secs(2);
        keep_up(Instant::now());
        let before = LAST.get().unwrap();
        assert!(before.until <= Instant::now() + Duration::from_secs(1));
        keep_up(later);
        assert!(LAST.get().unwrap().until > before.until);
    }
}
