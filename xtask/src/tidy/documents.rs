//! Rules that keep the documents true: what they name is there.
//!
//! A document names a test as `` `test:name` `` (or `` `test:module::name` ``), a file as
//! `` `crates/…` ``, and a crate by its name in backticks.

use std::collections::BTreeSet;
use std::path::Path;

use super::Problem;
use super::tree::Tree;

const ARCHITECTURE: &str = "docs/architecture.md";
const SEMANTICS: &str = "docs/semantics.md";
/// Placeholders such as `crates/<name>` or `crates/*` are about many files and name none.
const PLACEHOLDER: &[char] = &['*', '<', '{', '…'];

pub(super) fn crates_of_the_architecture_exist(tree: &Tree) -> Vec<Problem> {
    let crates = tree.crates();
    let named = code_spans_of(tree, ARCHITECTURE).filter(|(_, span)| is_crate_name(span));
    let unknown = named.filter(|(_, name)| !crates.contains(name));
    unknown
        .map(|(line, name)| {
            Problem::of_line(
                Path::new(ARCHITECTURE),
                line,
                format!("there is no crate `{name}`"),
            )
        })
        .collect()
}

pub(super) fn every_crate_is_in_the_architecture(tree: &Tree) -> Vec<Problem> {
    if tree.text(ARCHITECTURE).is_none() {
        return Vec::new();
    }
    let named: BTreeSet<&str> = code_spans_of(tree, ARCHITECTURE)
        .map(|(_, span)| span)
        .collect();
    let missing = tree
        .crates()
        .into_iter()
        .filter(|name| !named.contains(name));
    missing
        .map(|name| Problem::of_file(Path::new(ARCHITECTURE), format!("does not name `{name}`")))
        .collect()
}

/// Every `crates/…` in a document is a file or folder.
pub(super) fn paths_exist(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, text) in tree.texts_with("md") {
        for (line, named) in
            numbered(text).flat_map(|(line, text)| paths(text).map(move |named| (line, named)))
        {
            if !tree.contains(Path::new(named)) {
                problems.push(Problem::of_line(
                    path,
                    line,
                    format!("there is no `{named}`"),
                ));
            }
        }
    }
    problems
}

/// Every `test:name` in a document is a function of the workspace.
pub(super) fn tests_exist(tree: &Tree) -> Vec<Problem> {
    let functions: BTreeSet<&str> = tree
        .texts_with("rs")
        .flat_map(|(_, text)| functions(text))
        .collect();
    let mut problems = Vec::new();
    for (path, text) in tree.texts_with("md") {
        for (line, name) in
            numbered(text).flat_map(|(line, text)| tests(text).map(move |name| (line, name)))
        {
            let function = name.rsplit("::").next().unwrap_or(name);
            if !functions.contains(function) {
                problems.push(Problem::of_line(
                    path,
                    line,
                    format!("there is no test `{name}`"),
                ));
            }
        }
    }
    problems
}

/// A page of promises that names no test would pass [`tests_exist`] for the wrong reason.
pub(super) fn semantics_names_its_tests(tree: &Tree) -> Vec<Problem> {
    match tree.text(SEMANTICS) {
        Some(text) if tests(text).next().is_none() => {
            vec![Problem::of_file(
                Path::new(SEMANTICS),
                "names no test: write them as `test:name`",
            )]
        }
        _ => Vec::new(),
    }
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
}

/// What stands between single backticks, line by line.
fn code_spans_of<'a>(tree: &'a Tree, document: &str) -> impl Iterator<Item = (usize, &'a str)> {
    let lines = numbered(tree.text(document).unwrap_or_default());
    lines.flat_map(|(line, text)| code_spans(text).map(move |span| (line, span)))
}

fn code_spans(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn is_crate_name(span: &str) -> bool {
    let rest = span.strip_prefix("cubbyhole");
    rest.is_some_and(|rest| {
        rest.is_empty()
            || (rest.starts_with('-') && rest.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
    })
}

fn paths(text: &str) -> impl Iterator<Item = &str> {
    let is_end = |c: char| c.is_whitespace() || "`()[]\"'|,;#:".contains(c);
    let words = text
        .split(is_end)
        .filter(|word| word.starts_with("crates/") && !word.contains(PLACEHOLDER));
    words
        .map(|word| word.trim_end_matches(['.', '/']))
        .filter(|word| *word != "crates")
}

/// The names in `` `test:name` ``.
fn tests(text: &str) -> impl Iterator<Item = &str> {
    let named = code_spans(text).filter_map(|span| span.strip_prefix("test:"));
    named.filter(|name| !name.contains(PLACEHOLDER))
}

/// The names after `fn`.
fn functions(text: &str) -> impl Iterator<Item = &str> {
    let starts = text.split("fn ").skip(1);
    starts.filter_map(|rest| {
        rest.split(|c: char| !c.is_alphanumeric() && c != '_')
            .next()
    })
}

#[cfg(test)]
mod tests {
    use super::super::Rule;
    use super::*;

    fn found(rule: Rule, document: &str, text: &str) -> Vec<String> {
        let tree = Tree::made_up(&[
            ("crates/cubbyhole-lru/Cargo.toml", ""),
            (
                "crates/cubbyhole-lru/src/lib.rs",
                "#[test]\nfn pins_hold() {}\nasync fn waits<T>() {}",
            ),
            (document, text),
        ]);
        rule(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn unknown_crate_in_the_architecture() {
        let text = "`cubbyhole-lru`, `cubbyhole_lru::LruCache`, `cubbyhole.rs`\n`cubbyhole-lfu`";
        let found = found(crates_of_the_architecture_exist, ARCHITECTURE, text);
        assert_eq!(
            found,
            ["docs/architecture.md:2: there is no crate `cubbyhole-lfu`"]
        );
    }

    #[test]
    fn forgotten_crate_in_the_architecture() {
        let rule = every_crate_is_in_the_architecture;
        assert_eq!(
            found(rule, ARCHITECTURE, "none"),
            ["docs/architecture.md: does not name `cubbyhole-lru`"]
        );
        assert!(found(rule, ARCHITECTURE, "`cubbyhole-lru`").is_empty());
        assert!(found(rule, "docs/other.md", "none").is_empty());
    }

    #[test]
    fn path_that_is_not_there() {
        let text = "See `crates/cubbyhole-lru/src/lib.rs:12`, (crates/cubbyhole-lru/).\n\
                    `crates/*/src`, `crates/<name>`, `crates/`, `other/crates/gone`.\n\
                    `crates/cubbyhole-lru/src/gone.rs`.";
        let found = found(paths_exist, "docs/a.md", text);
        assert_eq!(
            found,
            ["docs/a.md:3: there is no `crates/cubbyhole-lru/src/gone.rs`"]
        );
    }

    #[test]
    fn test_that_is_not_there() {
        let text = "| `test:pins_hold`, `test:lru::pins_hold` | `test:waits` |\nAs `test:<name>`, `test:…`.\n`test:pins_h`";
        assert_eq!(
            found(tests_exist, SEMANTICS, text),
            ["docs/semantics.md:3: there is no test `pins_h`"]
        );
    }

    #[test]
    fn semantics_without_any_test() {
        assert_eq!(
            found(semantics_names_its_tests, SEMANTICS, "It works.").len(),
            1
        );
        assert!(found(semantics_names_its_tests, SEMANTICS, "`test:pins_hold`").is_empty());
    }
}
