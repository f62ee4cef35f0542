//! Names that somebody mistyped: which known one was meant.

/// Returns the text that follows an unknown name: what was probably meant, and what is known.
pub(crate) fn known(given: &str, known: &[&str]) -> String {
    let listed: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    let listed = listed.join(", ");
    match closest(given, known) {
        Some(name) => format!("did you mean `{name}`? Known are {listed}"),
        None => format!("known are {listed}"),
    }
}

/// Returns the known name that takes the fewest edits, if that is few.
fn closest<'a>(given: &str, known: &[&'a str]) -> Option<&'a str> {
    let given = given.to_lowercase().replace('-', "_");
    let near = known
        .iter()
        .map(|name| (edits(&given, name), *name))
        .filter(|(edits, name)| *edits <= 2.min(name.len() / 2));
    near.min().map(|(_, name)| name)
}

/// Returns how many characters have to be put in, taken out or replaced to make `b` of `a`.
fn edits(a: &str, b: &str) -> usize {
    // The distances from the beginning of `a` to all beginnings of `b`.
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, in_a) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, in_b) in b.chars().enumerate() {
            let replaced = diagonal + usize::from(in_a != in_b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{closest, edits, known};

    #[test]
    fn edits_are_counted() {
        for (a, b, expected) in [
            ("", "", 0),
            ("ttl", "ttl", 0),
            ("tll", "ttl", 1),
            ("ttl", "tt", 1),
            ("tl", "ttl", 1),
            ("kitten", "sitting", 3),
            ("", "abc", 3),
            ("é", "e", 1),
        ] {
            assert_eq!(edits(a, b), expected, "{a} {b}");
            assert_eq!(edits(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn only_what_is_close_is_meant() {
        let names = ["ttl", "max_size", "tags"];
        assert_eq!(closest("tll", &names), Some("ttl"));
        assert_eq!(closest("max-size", &names), Some("max_size"));
        assert_eq!(closest("MAX_SIZ", &names), Some("max_size"));
        assert_eq!(closest("size", &names), None);
        assert_eq!(closest("x", &names), None);
    }

    #[test]
    fn the_message_lists_what_is_known() {
        assert_eq!(
            known("tag", &["ttl", "tags"]),
            "did you mean `tags`? Known are `ttl`, `tags`"
        );
        assert_eq!(known("nothing", &["ttl"]), "known are `ttl`");
    }
}
