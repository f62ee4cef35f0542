//! READMEs say what is true of this version.

use std::path::Path;

use super::Problem;
use super::manifest::workspace_package;
use super::tree::Tree;

/// The front page of the repository is that of the facade, a symbolic link to it.
const FRONT_PAGE: &str = "crates/cubbyhole/README.md";

pub(super) fn front_page_is_the_facades(tree: &Tree) -> Vec<Problem> {
    let none_yet = tree.text("README.md").is_none() && tree.text(FRONT_PAGE).is_none();
    if none_yet || tree.link("README.md") == Some(Path::new(FRONT_PAGE)) {
        return Vec::new();
    }
    vec![Problem::of_file(
        Path::new("README.md"),
        format!("is not a symbolic link to {FRONT_PAGE}"),
    )]
}

/// `cubbyhole = "0.1"` asks for this version, and `Rust 1.88` is the minimum we declare.
pub(super) fn versions_are_current(tree: &Tree) -> Vec<Problem> {
    let version = workspace_package(tree, "version").unwrap_or_default();
    let rust = workspace_package(tree, "rust-version").unwrap_or_default();
    let mut problems = Vec::new();
    for (path, number, line) in lines(tree) {
        if let Some(asked) = required_version(line).filter(|asked| !is_version(asked, version)) {
            problems.push(Problem::of_line(
                path,
                number,
                format!("asks for {asked}; this is {version}"),
            ));
        }
        for asked in rust_versions(line).filter(|asked| !is_version(asked, rust)) {
            problems.push(Problem::of_line(
                path,
                number,
                format!("says Rust {asked}; the manifest says {rust}"),
            ));
        }
    }
    problems
}

/// `--example name` and `examples/name.rs` name an example.
pub(super) fn examples_exist(tree: &Tree) -> Vec<Problem> {
    let examples = tree.examples();
    let mut problems = Vec::new();
    for (path, number, line) in lines(tree) {
        for name in example_names(line).filter(|name| !examples.contains(name)) {
            problems.push(Problem::of_line(
                path,
                number,
                format!("there is no example `{name}`"),
            ));
        }
    }
    problems
}

fn lines(tree: &Tree) -> impl Iterator<Item = (&Path, usize, &str)> {
    let readmes = tree
        .texts_with("md")
        .filter(|(path, _)| path.ends_with("README.md"));
    readmes.flat_map(|(path, text)| {
        text.lines()
            .enumerate()
            .map(move |(index, line)| (path, index + 1, line))
    })
}

/// The version in a line of a manifest, `cubbyhole… = "version"` or `… = { version = "version", … }`.
fn required_version(line: &str) -> Option<&str> {
    let (name, value) = line.trim().split_once('=')?;
    let is_ours = name
        .trim()
        .strip_prefix("cubbyhole")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    let value = value.trim();
    let version = match value.strip_prefix('{') {
        Some(table) => table.split_once("version")?.1,
        None => value,
    };
    version.split('"').nth(1).filter(|_| is_ours)
}

fn rust_versions(line: &str) -> impl Iterator<Item = &str> {
    let starts = line
        .match_indices("Rust 1.")
        .map(|(start, _)| start + "Rust ".len());
    starts.map(|start| {
        let version = line[start..]
            .split(|c: char| !c.is_ascii_digit() && c != '.')
            .next();
        version.unwrap_or_default().trim_end_matches('.')
    })
}

fn example_names(line: &str) -> impl Iterator<Item = &str> {
    let starts = |mark: &'static str| {
        line.match_indices(mark)
            .map(|(start, mark)| &line[start + mark.len()..])
    };
    let name = |rest: &'_ str| {
        rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-')
            .unwrap_or(rest.len())
    };
    let run = starts("--example ").map(move |rest| &rest[..name(rest)]);
    let file = starts("examples/").filter(move |rest| rest[name(rest)..].starts_with(".rs"));
    run.chain(file.map(move |rest| &rest[..name(rest)]))
}

/// Whether `asked` is `version` or its beginning: `0.1` for `0.1.0`.
fn is_version(asked: &str, version: &str) -> bool {
    version
        .strip_prefix(asked)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::super::Rule;
    use super::*;

    const MANIFEST: &str = "[workspace.package]\nversion = \"0.1.0\"\nrust-version = \"1.88\"\n";

    fn found(rule: Rule, text: &str) -> Vec<String> {
        let tree = Tree::made_up(&[
            ("Cargo.toml", MANIFEST),
            ("crates/cubbyhole/examples/quickstart.rs", ""),
            (FRONT_PAGE, text),
        ]);
        rule(&tree)
            .into_iter()
            .map(|problem| format!("{}: {}", problem.line, problem.message))
            .collect()
    }

    #[test]
    fn front_page_is_a_link() {
        let copy = Tree::made_up(&[("README.md", ""), (FRONT_PAGE, "")]);
        assert_eq!(front_page_is_the_facades(&copy).len(), 1);
        let elsewhere = Tree::made_up(&[(FRONT_PAGE, "")]).with_link("README.md", "docs/README.md");
        assert_eq!(front_page_is_the_facades(&elsewhere).len(), 1);
        let linked = Tree::made_up(&[(FRONT_PAGE, "")]).with_link("README.md", FRONT_PAGE);
        assert!(front_page_is_the_facades(&linked).is_empty());
    }

    #[test]
    fn required_version_is_this_one() {
        let good = "cubbyhole = \"0.1\"\ncubbyhole-lru = { version = \"0.1.0\", features = [\"a\"] }\nserde = \"1\"\ncubbyholes = \"3\"";
        assert!(found(versions_are_current, good).is_empty());
        let found = found(
            versions_are_current,
            "cubbyhole = \"0.10\"\ncubbyhole = { version = \"0.2\" }",
        );
        assert_eq!(
            found,
            [
                "1: asks for 0.10; this is 0.1.0",
                "2: asks for 0.2; this is 0.1.0"
            ]
        );
    }

    #[test]
    fn minimum_rust_is_the_declared_one() {
        assert!(found(versions_are_current, "Needs Rust 1.88.").is_empty());
        assert_eq!(
            found(versions_are_current, "Rust 1.80 or newer"),
            ["1: says Rust 1.80; the manifest says 1.88"]
        );
    }

    #[test]
    fn example_that_is_not_there() {
        let good = "cargo run --example quickstart\n[it](https://example.org/examples/quickstart.rs), examples/";
        assert!(found(examples_exist, good).is_empty());
        let found = found(
            examples_exist,
            "`cargo run --example quick`\n`examples/slow.rs`",
        );
        assert_eq!(
            found,
            [
                "1: there is no example `quick`",
                "2: there is no example `slow`"
            ]
        );
    }
}
