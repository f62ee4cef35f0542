//! Numbers, dates and durations as people write them.

use std::time::Duration;

use cubbyhole::MissReason;
use jiff::civil::Date;

/// With one decimal and a true minus sign.
pub(crate) fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    match text.strip_prefix('-') {
        Some("0.0") => "0.0".to_owned(),
        Some(positive) => format!("−{positive}"),
        None => text,
    }
}

/// With as many decimals as it has, and a true minus sign.
pub(crate) fn plain(value: f64) -> String {
    format!("{value}").replace('-', "−")
}

/// With two decimals and a sign before it, whichever it is.
pub(crate) fn change(value: f64) -> String {
    let sign = if value < 0.0 { '−' } else { '+' };
    format!("{sign}{:.2}", value.abs())
}

/// In whole per cent.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// With thin groups of three digits.
pub(crate) fn count(value: usize) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// In the unit that needs the fewest digits.
pub(crate) fn duration(time: Duration) -> String {
    let micros = time.as_micros();
    match micros {
        0 => format!("{} ns", time.as_nanos()),
        1..1_000 => format!("{micros} µs"),
        1_000..10_000 => format!("{:.1} ms", time.as_secs_f64() * 1e3),
        10_000..1_000_000 => format!("{} ms", time.as_millis()),
        1_000_000..60_000_000 => format!("{:.1} s", time.as_secs_f64()),
        _ => format!("{} min {} s", time.as_secs() / 60, time.as_secs() % 60),
    }
}

/// A time that somebody chose: "10 minutes".
pub(crate) fn lifetime(time: Duration) -> String {
    let (amount, unit) = match time.as_secs() {
        seconds @ 0..60 => (seconds, "second"),
        seconds @ 60..3600 => (seconds / 60, "minute"),
        seconds => (seconds / 3600, "hour"),
    };
    let plural = if amount == 1 { "" } else { "s" };
    format!("{amount} {unit}{plural}")
}

/// What became of a value that a lookup did not find: it "was never there".
pub(crate) const fn miss(why: MissReason) -> &'static str {
    match why {
        MissReason::NeverSeen => "was never there",
        MissReason::Expired => "is past its time",
        MissReason::Evicted => "had to make room",
        MissReason::Deleted => "was deleted",
        MissReason::TagInvalidated => "was withdrawn with its tag",
        MissReason::Cleared => "was cleared away",
        MissReason::ScopeDropped => "went with its owner",
        MissReason::EpochBumped => "was for a former role",
        MissReason::NotStored => "was not to be kept",
        MissReason::FailedRecently => "could not be had a moment ago",
        MissReason::Distrusted => "may have changed in another process",
        _ => "is gone",
    }
}

/// "16 July 2015".
pub(crate) fn date(date: Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

/// "16 Jul".
pub(crate) fn short_date(date: Date) -> String {
    date.strftime("%-d %b").to_string()
}

pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The name of a month, 1 to 12.
pub(crate) fn month(number: i8) -> &'static str {
    let index = usize::try_from(number - 1).ok();
    index
        .and_then(|index| MONTHS.get(index).copied())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_a_true_minus() {
        assert_eq!(number(-7.06), "−7.1");
        assert_eq!(number(-0.01), "0.0");
        assert_eq!(number(12.0), "12.0");
        assert_eq!(plain(-0.5), "−0.5");
        assert_eq!(plain(16.0), "16");
        assert_eq!(change(0.5), "+0.50");
        assert_eq!(change(-0.126), "−0.13");
        assert_eq!(percent(0.404), "40 %");
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(count(7), "7");
        assert_eq!(count(1461), "1,461");
        assert_eq!(count(1_234_567), "1,234,567");
    }

    #[test]
    fn durations_are_short() {
        assert_eq!(duration(Duration::from_nanos(640)), "640 ns");
        assert_eq!(duration(Duration::from_nanos(21_900)), "21 µs");
        assert_eq!(duration(Duration::from_micros(1_234)), "1.2 ms");
        assert_eq!(duration(Duration::from_micros(34_567)), "34 ms");
        assert_eq!(duration(Duration::from_millis(2_345)), "2.3 s");
        assert_eq!(duration(Duration::from_millis(72_900)), "1 min 12 s");
        assert_eq!(lifetime(Duration::from_secs(600)), "10 minutes");
        assert_eq!(lifetime(Duration::from_secs(3600)), "1 hour");
    }

    #[test]
    fn every_miss_has_words_of_its_own() {
        let mut words = MissReason::ALL.map(miss);
        words.sort_unstable();
        assert!(words.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(!words.contains(&"is gone"));
    }

    #[test]
    fn months_have_names() {
        assert_eq!(month(1), "January");
        assert_eq!(month(12), "December");
        assert_eq!(month(0), "");
        assert_eq!(date(Date::constant(2015, 7, 6)), "6 July 2015");
        assert_eq!(short_date(Date::constant(2015, 7, 16)), "16 Jul");
    }
}
