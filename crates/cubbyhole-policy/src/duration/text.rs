//! The text form of a duration, such as `1h30m`.

use std::fmt;
use std::time::Duration;

/// What is wrong with a text, to follow "which".
type Problem = &'static str;

/// Reads one or more numbers with units; `None` if they come to less than zero or too much.
pub(super) fn parse(text: &str) -> Result<Option<Duration>, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Err("is empty");
    }
    match text.strip_prefix('-') {
        Some(magnitude) => total_nanos(magnitude).map(|_| None),
        None => Ok(total_nanos(text)?.and_then(from_nanos)),
    }
}

/// Adds up the numbers and units of `text`; `None` if that overflows.
fn total_nanos(text: &str) -> Result<Option<u128>, Problem> {
    let mut rest = text;
    let mut total = Some(0_u128);
    let mut longer = u128::MAX;
    loop {
        let (number, after) = split_after(rest, |c| c.is_ascii_digit() || c == '.');
        let (name, after) = split_after(after.trim_start(), char::is_alphabetic);
        let amount = Amount::parse(number)?;
        let unit = unit_nanos(name)?;
        if unit >= longer {
            return Err("has its units out of order or twice");
        }
        let nanos = amount.nanos(unit)?;
        total = total
            .zip(nanos)
            .and_then(|(sum, nanos)| sum.checked_add(nanos));
        longer = unit;
        rest = after.trim_start();
        if rest.is_empty() {
            return Ok(total);
        }
    }
}

/// A number as it was written: the digits before and after the decimal point.
struct Amount<'a> {
    whole: &'a str,
    fraction: &'a str,
}

impl<'a> Amount<'a> {
    fn parse(number: &'a str) -> Result<Self, Problem> {
        if number.is_empty() {
            return Err("has something else where a number should be");
        }
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        if whole.is_empty() || fraction.is_empty() || fraction.contains('.') {
            return Err("has a malformed number");
        }
        Ok(Self { whole, fraction })
    }

    /// Returns the nanoseconds in this many units; `None` if there are too many.
    fn nanos(&self, unit: u128) -> Result<Option<u128>, Problem> {
        let fraction = self
            .fraction_nanos(unit)
            .ok_or("has a fraction finer than a nanosecond")?;
        let whole = self.whole.parse::<u128>().ok();
        Ok(whole
            .and_then(|whole| whole.checked_mul(unit))
            .and_then(|whole| whole.checked_add(fraction)))
    }

    /// Returns `None` if the nanoseconds are not a whole number.
    ///
    /// That is also the answer when a step overflows: it takes more decimal places than a whole
    /// number of nanoseconds can have in any unit.
    fn fraction_nanos(&self, unit: u128) -> Option<u128> {
        let digits = self.fraction.trim_end_matches('0');
        if digits.is_empty() {
            return Some(0);
        }
        let scale = 10_u128.checked_pow(u32::try_from(digits.len()).ok()?)?;
        let scaled = digits.parse::<u128>().ok()?.checked_mul(unit)?;
        (scaled % scale == 0).then_some(scaled / scale)
    }
}

fn unit_nanos(name: &str) -> Result<u128, Problem> {
    if name.is_empty() {
        return Err("has a number without a unit");
    }
    let unit = UNITS.iter().find(|(unit, _)| *unit == name);
    unit.map(|(_, nanos)| *nanos).ok_or("has an unknown unit")
}

/// Splits `text` after the leading characters that `belongs` accepts.
fn split_after(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    text.split_at(end)
}

fn from_nanos(nanos: u128) -> Option<Duration> {
    let seconds = u64::try_from(nanos / NANOS_PER_SEC).ok()?;
    let rest = u32::try_from(nanos % NANOS_PER_SEC).ok()?;
    Some(Duration::new(seconds, rest))
}

/// Writes a duration as text that is read back as exactly that.
pub(super) struct Exact(pub(super) Duration);

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.0.as_secs())?;
        match self.0.subsec_nanos() {
            0 => Ok(()),
            nanos => write!(f, "{nanos}ns"),
        }
    }
}

const NANOS_PER_SEC: u128 = 1_000_000_000;

/// The units of the text form with their nanoseconds.
const UNITS: [(&str, u128); 9] = [
    ("w", 7 * 24 * 3600 * NANOS_PER_SEC),
    ("d", 24 * 3600 * NANOS_PER_SEC),
    ("h", 3600 * NANOS_PER_SEC),
    ("m", 60 * NANOS_PER_SEC),
    ("s", NANOS_PER_SEC),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("µs", 1_000),
    ("ns", 1),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::PolicyError;

    fn nanos(text: &str) -> Option<u128> {
        let duration = parse(text).unwrap_or_else(|problem| panic!("{text:?} {problem}"));
        duration.map(|duration| duration.as_nanos())
    }

    #[test]
    fn numbers_and_units_add_up() {
        for (text, expected) in [
            ("90s", 90 * NANOS_PER_SEC),
            ("1h", 3600 * NANOS_PER_SEC),
            ("1h30m", 5400 * NANOS_PER_SEC),
            ("250ms", 250_000_000),
            ("2d", 172_800 * NANOS_PER_SEC),
            ("1w", 604_800 * NANOS_PER_SEC),
            ("1us", 1_000),
            ("1µs", 1_000),
            ("1ns", 1),
            ("1w2d3h4m5s6ms7us8ns", 788_645 * NANOS_PER_SEC + 6_007_008),
            ("  1h \t30 m ", 5400 * NANOS_PER_SEC),
            ("007s", 7 * NANOS_PER_SEC),
            ("90m", 5400 * NANOS_PER_SEC),
            ("0h5s", 5 * NANOS_PER_SEC),
            ("0s", 0),
        ] {
            assert_eq!(nanos(text), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn fractions_are_exact() {
        for (text, expected) in [
            ("1.5h", 5400 * NANOS_PER_SEC),
            ("0.5s", 500_000_000),
            ("1.0ns", 1),
            ("0.001us", 1),
            ("0.000000001s", 1),
            (
                "1.50000000000000000000000000000000000000000000000000s",
                1_500_000_000,
            ),
            ("0.0000152587890625w", 9_228_515_625),
        ] {
            assert_eq!(nanos(text), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn what_no_duration_holds_is_none() {
        for text in [
            "-5s",
            "-0s",
            "18446744073709551616s",
            "18446744073709551615s1000000000ns",
            "340282366920938463463374607431768211456ns",
            "99999999999999999999999999999999999999w1s",
        ] {
            assert_eq!(nanos(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_longest_duration_is_read() {
        let text = "18446744073709551615s999999999ns";
        assert_eq!(parse(text), Ok(Some(Duration::MAX)));
    }

    #[test]
    fn everything_else_has_a_problem() {
        for (text, problem) in [
            ("", "is empty"),
            (" \n", "is empty"),
            ("90", "has a number without a unit"),
            ("1h30", "has a number without a unit"),
            ("5 %", "has a number without a unit"),
            ("h", "has something else where a number should be"),
            ("-", "has something else where a number should be"),
            ("--5s", "has something else where a number should be"),
            ("+5s", "has something else where a number should be"),
            ("1h,30m", "has something else where a number should be"),
            ("NaN", "has something else where a number should be"),
            ("inf", "has something else where a number should be"),
            ("\u{664}s", "has something else where a number should be"),
            (".5s", "has a malformed number"),
            ("5.s", "has a malformed number"),
            ("1.2.3s", "has a malformed number"),
            ("1e3s", "has an unknown unit"),
            ("5 parsecs", "has an unknown unit"),
            ("5S", "has an unknown unit"),
            ("1M", "has an unknown unit"),
            ("30m1h", "has its units out of order or twice"),
            ("1m30m", "has its units out of order or twice"),
            ("1us1µs", "has its units out of order or twice"),
            ("0.5ns", "has a fraction finer than a nanosecond"),
            ("0.0000000001s", "has a fraction finer than a nanosecond"),
            (
                "0.33333333333333333333333333333333333333333h",
                "has a fraction finer than a nanosecond",
            ),
        ] {
            assert_eq!(parse(text), Err(problem), "{text:?}");
        }
    }

    #[test]
    fn the_message_lists_every_unit() {
        let message = PolicyError::UnreadableDuration {
            field: "ttl",
            given: String::new(),
            problem: "is empty",
        }
        .to_string();
        let (_, listed) = message.split_once("(units: ").unwrap();
        let units: Vec<&str> = UNITS.iter().map(|(name, _)| *name).collect();
        let ascii = units.join(", ").replace("µs, ", "");
        assert_eq!(listed, format!("{ascii})"));
    }

    #[test]
    fn exact_text_is_read_back() {
        for (seconds, nanos, text) in [
            (1, 500, "1s500ns"),
            (90, 0, "90s"),
            (0, 1, "0s1ns"),
            (u64::MAX, 999_999_999, "18446744073709551615s999999999ns"),
        ] {
            let duration = Duration::new(seconds, nanos);
            assert_eq!(Exact(duration).to_string(), text);
            assert_eq!(parse(text), Ok(Some(duration)));
        }
    }
}
