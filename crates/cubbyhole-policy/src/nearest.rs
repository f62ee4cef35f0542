//! Which known name somebody may have meant by an unknown one.

/// Returns the known name that is at most two edits from `given`, if there is one; the nearest, and
/// the first of those.
///
/// An edit inserts, removes or replaces a character, or swaps two neighbors. Upper case and `-` for
/// `_` are no edits. Half of a name is never edited away: anything is two edits from `ttl`.
pub(crate) fn nearest(given: &str, known: &[&'static str]) -> Option<&'static str> {
    let near = known.iter().filter_map(|name| {
        let allowed = MOST_EDITS.min(name.len().saturating_sub(1) / 2);
        let edits = edits_within(allowed, given, name)?;
        Some((edits, *name))
    });
    near.min_by_key(|(edits, _)| *edits).map(|(_, name)| name)
}

/// Returns the edits between a text and a name, unless there are more than `allowed`.
fn edits_within(allowed: usize, given: &str, name: &str) -> Option<usize> {
    // Whatever the length of the input, no more of it is looked at than could be the name.
    let longest = name.chars().count() + allowed;
    let given: Vec<char> = given.chars().take(longest + 1).map(normalized).collect();
    let name: Vec<char> = name.chars().map(normalized).collect();
    let edits = (given.len() <= longest).then(|| edits(&given, &name))?;
    (edits <= allowed).then_some(edits)
}

fn normalized(character: char) -> char {
    match character {
        '-' => '_',
        other => other.to_ascii_lowercase(),
    }
}

/// Counts edits by the recurrence of Wagner and Fischer (1974), with swaps as by Damerau (1964).
fn edits(from: &[char], to: &[char]) -> usize {
    let mut before = vec![0; to.len() + 1];
    let mut above: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1; to.len() + 1];
        for (j, b) in to.iter().enumerate() {
            let replaced = above[j] + usize::from(a != b);
            row[j + 1] = replaced.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a == &to[j - 1] && &from[i - 1] == b {
                row[j + 1] = row[j + 1].min(before[j - 1] + 1);
            }
        }
        before = above;
        above = row;
    }
    above[to.len()]
}

const MOST_EDITS: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 6] = [
        "policy",
        "ttl",
        "jitter",
        "max_size",
        "retry_after",
        "refresh_after",
    ];

    fn distance(from: &str, to: &str) -> usize {
        let from: Vec<char> = from.chars().collect();
        let to: Vec<char> = to.chars().collect();
        edits(&from, &to)
    }

    #[test]
    fn edits_are_counted() {
        for (from, to, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("abc", "abc", 0),
            ("abc", "abd", 1),
            ("abc", "abcd", 1),
            ("abc", "bc", 1),
            ("abc", "acb", 1),
            ("ab", "ba", 1),
            ("abcd", "badc", 2),
            ("kitten", "sitting", 3),
            ("µs", "us", 1),
        ] {
            assert_eq!(distance(from, to), expected, "{from:?} to {to:?}");
            assert_eq!(distance(to, from), expected, "{to:?} to {from:?}");
        }
    }

    #[test]
    fn one_or_two_edits_are_near() {
        for (given, meant) in [
            ("maxsize", "max_size"),
            ("max_siz", "max_size"),
            ("max_isze", "max_size"),
            ("maxsizes", "max_size"),
            ("jiter", "jitter"),
            ("gitters", "jitter"),
            ("tll", "ttl"),
            ("tlt", "ttl"),
            ("ttls", "ttl"),
            ("refresh_aftr", "refresh_after"),
            ("retri_after", "retry_after"),
        ] {
            assert_eq!(nearest(given, &KNOWN), Some(meant), "{given:?}");
        }
    }

    #[test]
    fn other_ways_to_write_a_name_are_near() {
        for (given, meant) in [
            ("max-size", "max_size"),
            ("maxSize", "max_size"),
            ("MAX-SIZE", "max_size"),
            ("Refresh-After", "refresh_after"),
            ("TTL", "ttl"),
        ] {
            assert_eq!(nearest(given, &KNOWN), Some(meant), "{given:?}");
        }
    }

    #[test]
    fn three_edits_are_far_and_so_is_half_of_a_name() {
        for given in [
            "", "size", "max", "jits", "url", "tt_1", "policies", "after", "\u{0}",
        ] {
            assert_eq!(nearest(given, &KNOWN), None, "{given:?}");
        }
    }

    #[test]
    fn the_nearest_wins_and_then_the_first() {
        assert_eq!(nearest("abcdef", &["abcdxy", "abcdex"]), Some("abcdex"));
        assert_eq!(nearest("abcdef", &["abcdex", "abcdxf"]), Some("abcdex"));
    }

    #[test]
    fn a_text_that_begins_like_a_name_is_not_near() {
        let given = "max_size".repeat(100_000);
        assert_eq!(nearest(&given, &KNOWN), None);
    }
}
