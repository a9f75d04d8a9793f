//! The `Date` of an answer (RFC 9110, section 6.6.1), written once a second for each thread.

use std::cell::Cell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// As in `Sun, 06 Nov 1994 08:49:37 GMT`.
const LENGTH: usize = 29;

thread_local! {
    static LAST: Cell<(u64, [u8; LENGTH])> = const { Cell::new((u64::MAX, [0; LENGTH])) };
}

/// Appends the present date.
#[inline]
pub(super) fn push(out: &mut Vec<u8>) {
    let second = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    LAST.with(|last| {
        let (known, mut text) = last.get();
        if known != second {
            text = written(second);
            last.set((second, text));
        }
        out.extend_from_slice(&text);
    });
}

#[cold]
fn written(second: u64) -> [u8; LENGTH] {
    let text = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(second));
    text.as_bytes().try_into().unwrap_or([b' '; LENGTH])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_date_of_now() {
        let mut out = Vec::new();
        push(&mut out);
        let told = httpdate::parse_http_date(std::str::from_utf8(&out).unwrap()).unwrap();
        assert!(SystemTime::now().duration_since(told).unwrap() < Duration::from_secs(3));
    }
}
