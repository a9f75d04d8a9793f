//! How answers begin, with their `Date` (RFC 9110, section 6.6.1): written once a second for each thread.

use std::cell::RefCell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// How most answers begin, at one time.
pub(super) struct Beginning {
    /// When another second begins; none as long as nothing is written.
    until: Option<Instant>,
    bytes: [u8; LENGTH],
}

const STATUS_LENGTH: usize = b"HTTP/1.1 200 OK".len();

/// Of the date alone, with the line end before it.
pub(super) const DATE_LENGTH: usize = LENGTH - STATUS_LENGTH;

const LENGTH: usize = b"HTTP/1.1 200 OK\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT".len();

thread_local! {
    static LAST: RefCell<Beginning> =
        const { RefCell::new(Beginning { until: None, bytes: [0; LENGTH] }) };
}

/// Lends what an answer begins with at `now`. A clock that is set is noticed within a second.
#[inline]
pub(super) fn at<T>(now: Instant, write: impl FnOnce(&Beginning) -> T) -> T {
    LAST.with_borrow_mut(|last| {
        if last.until.is_none_or(|until| now >= until) {
            *last = Beginning::written(now);
        }
        write(last)
    })
}

impl Beginning {
    #[cold]
    fn written(now: Instant) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let second = UNIX_EPOCH + Duration::from_secs(since.as_secs());
        let rest = Duration::from_secs(1)
            .saturating_sub(Duration::from_nanos(since.subsec_nanos().into()));
        let text = format!("HTTP/1.1 200 OK\r\ndate: {}", httpdate::fmt_http_date(second));
        let mut bytes = [0; LENGTH];
        bytes.copy_from_slice(text.as_bytes());
        Self { until: Some(now + rest), bytes }
    }

    /// The status line of a 200 and the date, without the last line end.
    #[inline]
    pub(super) fn of_ok(&self) -> &[u8; LENGTH] {
        &self.bytes
    }

    /// The date alone, with the line end before it.
    #[inline]
    pub(super) fn date(&self) -> &[u8] {
        &self.bytes[STATUS_LENGTH..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_the_date_of_now() {
        at(Instant::now(), |beginning| {
            let text = std::str::from_utf8(beginning.date()).unwrap();
            let told = httpdate::parse_http_date(text.strip_prefix("\r\ndate: ").unwrap()).unwrap();
            assert!(SystemTime::now().duration_since(told).unwrap() < Duration::from_secs(3));
            assert!(beginning.of_ok().starts_with(b"HTTP/1.1 200 OK\r\n"));
        });
    }

    #[test]
    fn it_is_written_anew_when_its_second_is_over() {
        let now = Instant::now();
        let before = at(now, |beginning| beginning.until.unwrap());
        assert!(before <= now + Duration::from_secs(1));
        assert!(at(now + Duration::from_secs(2), |beginning| beginning.until.unwrap()) > before);
    }
}
