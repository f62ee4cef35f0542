//! Rules for the text of files, Rust above all.

use std::path::Path;

use super::Problem;
use super::tree::Tree;

/// Words for work that was put off. In two halves, because this file is held to the rule too.
const LATER: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("to", "do!"),
    concat!("unimpl", "emented!"),
];

/// A reader who opens a file learns first what it is for.
pub(super) fn files_open_with_documentation(tree: &Tree) -> Vec<Problem> {
    let sources = tree.texts_with("rs").filter(|(path, _)| is_source(path));
    let bare = sources.filter(|(_, text)| !text.starts_with("//!"));
    bare.map(|(path, _)| Problem::of_file(path, "opens without `//!`: say what the file is for"))
        .collect()
}

pub(super) fn no_trailing_whitespace(tree: &Tree) -> Vec<Problem> {
    let message = |line: &str| (line.trim_end() != line).then(|| "ends in whitespace".to_owned());
    tree.texts()
        .flat_map(|(path, text)| lines(path, text, message))
        .collect()
}

pub(super) fn no_tabs(tree: &Tree) -> Vec<Problem> {
    let message = |line: &str| line.contains('\t').then(|| "has a tab".to_owned());
    tree.texts_with("rs")
        .flat_map(|(path, text)| lines(path, text, message))
        .collect()
}

/// An ignored test is a promise that nobody checks; this counts examples in the documentation.
pub(super) fn no_ignored_tests(tree: &Tree) -> Vec<Problem> {
    let files = tree.texts_with("rs").chain(tree.texts_with("md"));
    files
        .flat_map(|(path, text)| lines(path, text, ignored_test))
        .collect()
}

fn ignored_test(line: &str) -> Option<String> {
    let code = line
        .trim_start()
        .trim_start_matches(['/', '!'])
        .trim_start();
    let attribute = code.starts_with(concat!("#[", "ignore"))
        || (code.starts_with("#[cfg_attr") && code.contains(concat!(", ign", "ore")));
    let fence = code
        .strip_prefix("```")
        .is_some_and(|tags| tags.split([',', ' ']).any(|tag| tag == "ignore"));
    (attribute || fence).then(|| "ignores a test: make it run, or take it out".to_owned())
}

pub(super) fn nothing_left_for_later(tree: &Tree) -> Vec<Problem> {
    let files = tree
        .texts()
        .filter(|(path, _)| path.extension().is_none_or(|extension| extension != "md"));
    files
        .flat_map(|(path, text)| lines(path, text, left_for_later))
        .collect()
}

fn left_for_later(line: &str) -> Option<String> {
    let word = LATER.iter().find(|word| contains_word(line, word))?;
    Some(format!(
        "`{word}`: do it now, or write it down where work is planned"
    ))
}

/// Whether `word` stands alone in `line`; what follows a macro's `!` is not part of its name.
fn contains_word(line: &str, word: &str) -> bool {
    let is_inside = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(word).any(|(start, _)| {
        let starts = !line[..start].ends_with(is_inside);
        let ends = word.ends_with('!') || !line[start + word.len()..].starts_with(is_inside);
        starts && ends
    })
}

/// `crates/*/src/**` and `xtask/src/**`.
fn is_source(path: &Path) -> bool {
    let mut parts = path.iter().map(|part| part.to_str());
    match parts.next() {
        Some(Some("crates")) => parts.nth(1) == Some(Some("src")),
        Some(Some("xtask")) => parts.next() == Some(Some("src")),
        _ => false,
    }
}

/// One problem for each line of which `message` has something to say.
fn lines(path: &Path, text: &str, message: impl Fn(&str) -> Option<String>) -> Vec<Problem> {
    let found = text
        .split('\n')
        .enumerate()
        .filter_map(|(index, line)| Some((index + 1, message(line)?)));
    found
        .map(|(line, message)| Problem::of_line(path, line, message))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Problem, Rule};
    use super::*;

    fn found(rule: Rule, path: &str, text: &str) -> Vec<usize> {
        let problems: Vec<Problem> = rule(&Tree::made_up(&[(path, text)]));
        problems.iter().map(|problem| problem.line).collect()
    }

    #[test]
    fn source_opens_with_documentation() {
        let rule = files_open_with_documentation;
        assert!(found(rule, "crates/x/src/a/b.rs", "//! B.\n").is_empty());
        assert_eq!(found(rule, "crates/x/src/a/b.rs", "use c;\n//! B.\n"), [0]);
        assert_eq!(found(rule, "xtask/src/main.rs", ""), [0]);
        assert!(found(rule, "crates/x/tests/it/main.rs", "use c;").is_empty());
    }

    #[test]
    fn whitespace_at_the_end_of_a_line() {
        assert_eq!(
            found(no_trailing_whitespace, "docs/a.md", "a\nb \n\nc\t\nd\r\n"),
            [2, 4, 5]
        );
    }

    #[test]
    fn tabs_in_rust_only() {
        assert_eq!(found(no_tabs, "a.rs", "fn a() {\n\tb();\n}"), [2]);
        assert!(found(no_tabs, "a.md", "\ta").is_empty());
    }

    #[test]
    fn ignored_tests_of_every_kind() {
        let ignore = concat!("ign", "ore");
        for line in [
            format!("    #[{ignore}]"),
            format!("#[{ignore} = \"slow\"]"),
            format!("#[cfg_attr(miri, {ignore})]"),
            format!("/// ```{ignore}"),
            format!("//! ```rust,{ignore}"),
        ] {
            assert_eq!(found(no_ignored_tests, "a.rs", &line), [1], "{line}");
        }
        for line in [
            "let ignored = 1;",
            "/// ```text",
            "// the rest is of no interest: ignore it",
        ] {
            assert!(found(no_ignored_tests, "a.rs", line).is_empty(), "{line}");
        }
    }

    #[test]
    fn work_put_off_is_found_as_a_word() {
        for word in LATER {
            assert_eq!(
                found(
                    nothing_left_for_later,
                    "a.rs",
                    &format!("x\n// {word} later")
                ),
                [2],
                "{word}"
            );
            assert_eq!(
                found(nothing_left_for_later, "a.toml", &format!("# {word}: a")),
                [1],
                "{word}"
            );
            assert!(
                found(nothing_left_for_later, "a.rs", &format!("A{word}B")).is_empty(),
                "{word}"
            );
            assert!(
                found(nothing_left_for_later, "a.md", word).is_empty(),
                "{word}"
            );
        }
        assert_eq!(
            found(nothing_left_for_later, "a.rs", &format!("{}()", LATER[3])),
            [1]
        );
    }
}
