//! Moments as RFC 3339 with microseconds, in UTC.

use std::cell::Cell;
use std::time::{SystemTime, UNIX_EPOCH};

/// Appends `2026-11-23T07:32:15.123456Z`. Moments before 1970 are written as its first.
///
/// The part up to the second is kept: most records fall into the second of the one before.
#[inline]
pub(crate) fn push_datetime(out: &mut Vec<u8>, time: SystemTime) {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let second = since.as_secs();
    let text = LAST_SECOND.with(|last| {
        let (known, text) = last.get();
        if known == second {
            return text;
        }
        let text = up_to_the_second(second);
        last.set((second, text));
        text
    });
    let mut whole = *b"0000-00-00T00:00:00.000000Z";
    whole[..19].copy_from_slice(&text);
    let mut micros = since.subsec_micros();
    for digit in whole[20..26].iter_mut().rev() {
        *digit = b'0' + (micros % 10) as u8;
        micros /= 10;
    }
    out.extend_from_slice(&whole);
}

/// Appends `2026-11-23`.
pub(crate) fn push_date(out: &mut Vec<u8>, time: SystemTime) {
    let second = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    out.extend_from_slice(&up_to_the_second(second)[..10]);
}

/// Days since 1970, to see that another day has begun.
pub(crate) fn day_of(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() / SECONDS_A_DAY
}

fn up_to_the_second(second: u64) -> [u8; 19] {
    let (year, month, day) = civil(second / SECONDS_A_DAY);
    let of_day = second % SECONDS_A_DAY;
    let mut text = *b"0000-00-00T00:00:00";
    put(&mut text[0..4], year);
    put(&mut text[5..7], month);
    put(&mut text[8..10], day);
    put(&mut text[11..13], of_day / 3_600);
    put(&mut text[14..16], of_day / 60 % 60);
    put(&mut text[17..19], of_day % 60);
    text
}

fn put(digits: &mut [u8], mut number: u64) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// Year, month and day of a day since 1970: Howard Hinnant's `civil_from_days`, which counts from
/// the 1st of March of the year 0, so that the leap day is the last of a year.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + u64::from(month <= 2), month, day)
}

const SECONDS_A_DAY: u64 = 86_400;

thread_local! {
    static LAST_SECOND: Cell<(u64, [u8; 19])> = const { Cell::new((0, *b"1970-01-01T00:00:00")) };
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn datetime(seconds: u64, micros: u64) -> String {
        let mut out = Vec::new();
        let since = Duration::from_secs(seconds) + Duration::from_micros(micros);
        push_datetime(&mut out, UNIX_EPOCH + since);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn moments_are_those_of_the_calendar() {
        // From `date -u -d @SECONDS`.
        assert_eq!(datetime(0, 0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(datetime(951_782_400, 1), "2000-02-29T00:00:00.000001Z");
        assert_eq!(datetime(951_868_799, 999_999), "2000-02-29T23:59:59.999999Z");
        assert_eq!(datetime(1_795_419_135, 123_456), "2026-11-23T07:32:15.123456Z");
        assert_eq!(datetime(4_107_542_400, 0), "2100-03-01T00:00:00.000000Z");
    }

    #[test]
    fn each_day_of_four_centuries_follows_the_one_before() {
        let mut last = civil(0);
        for day in 1..146_097 {
            let next = civil(day);
            assert!(next > last && (next.2 == last.2 + 1 || next.2 == 1), "{last:?} {next:?}");
            last = next;
        }
    }
}
