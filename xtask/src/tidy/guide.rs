//! Rules for the guide: a page is in the book, its code is run, and its links lead to pages.

use std::path::Path;

use super::Problem;
use super::links::targets;
use super::tree::Tree;

const PAGES: &str = "docs/guide/src";
const SUMMARY: &str = "docs/guide/src/SUMMARY.md";
/// Where the pages are included, so that their code is compiled.
const CODE: &str = "crates/cubbyhole-guide/src/lib.rs";
/// The languages that a page may show; Rust is run, and the others cannot be.
const LANGUAGES: &[&str] = &["rust", "sh", "text", "toml", "yaml"];
/// What a page that shows a compiler's refusal needs. Code that is not run has to say why, in a comment before it.
const RUST_TAGS: &[&str] = &["compile_fail", "should_panic"];
/// How lines begin that belong into a block of Rust.
const RUST_LINES: &[&str] = &["use ", "let ", "fn ", "async fn ", "pub ", "impl ", "#["];

pub(super) fn every_page_is_in_the_book_and_compiled(tree: &Tree) -> Vec<Problem> {
    let (summary, code) = (tree.text(SUMMARY), tree.text(CODE));
    let (summary, code) = (summary.unwrap_or_default(), code.unwrap_or_default());
    let mut problems = Vec::new();
    for (path, name, _) in pages(tree) {
        if !targets(summary).any(|(_, target)| target == name) {
            let message = format!("is not in {SUMMARY}");
            problems.push(Problem::of_file(path, message));
        }
        if !code.contains(&format!("\"../../../{PAGES}/{name}\"")) {
            let message = format!("is not included in {CODE}, so its code is not compiled");
            problems.push(Problem::of_file(path, message));
        }
    }
    problems
}

pub(super) fn code_is_run(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, _, text) in pages(tree) {
        let found = blocks(text).filter_map(|block| Some((block.line, block.mistake()?)));
        problems.extend(found.map(|(line, message)| Problem::of_line(path, line, message)));
    }
    problems
}

/// What is elsewhere in the repository is linked in full, because the book goes without it.
pub(super) fn links_stay_in_the_book(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, name, text) in pages(tree) {
        for (line, target) in targets(text).filter(|(_, target)| !target.contains("://")) {
            if !is_in_the_book(tree, name, target) {
                let message = format!("`{target}` is no page of the guide, or no heading of it");
                problems.push(Problem::of_line(path, line, message));
            }
        }
    }
    problems
}

fn is_in_the_book(tree: &Tree, from: &str, target: &str) -> bool {
    let (page, heading) = match target.split_once('#') {
        Some((page, heading)) => (page, Some(heading)),
        None => (target, None),
    };
    let name = if page.is_empty() { from } else { page };
    let Some((_, _, text)) = pages(tree).find(|(_, other, _)| *other == name) else {
        return false;
    };
    heading.is_none_or(|heading| headings(text).any(|other| other == heading))
}

/// The pages, each with its path, its name and its text.
fn pages(tree: &Tree) -> impl Iterator<Item = (&Path, &str, &str)> {
    let pages = tree.texts_with("md").filter_map(|(path, text)| {
        let name = path.strip_prefix(PAGES).ok()?.to_str()?;
        Some((path, name, text))
    });
    pages.filter(|(path, ..)| *path != Path::new(SUMMARY))
}

/// The names under which headings can be linked to.
fn headings(text: &str) -> impl Iterator<Item = String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|heading| {
        let heading = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = heading.chars().filter_map(|character| match character {
            ' ' => Some('-'),
            '-' | '_' => Some(character),
            _ => character.is_alphanumeric().then_some(character),
        });
        kept.collect()
    })
}

/// A block of code.
struct Block<'a> {
    /// The number of its fence.
    line: usize,
    /// What stands on the line before its fence.
    before: &'a str,
    tags: &'a str,
    code: Vec<&'a str>,
}

impl Block<'_> {
    fn mistake(&self) -> Option<String> {
        let mut tags = self.tags.split(',').map(str::trim);
        let language = tags.next().unwrap_or_default();
        if !LANGUAGES.contains(&language) {
            let known = LANGUAGES.join(", ");
            return Some(format!("code in `{language}`: the guide has {known}"));
        }
        if language == "rust" {
            return tags.find_map(|tag| self.mistake_in(tag));
        }
        let is_rust = |line: &&&str| RUST_LINES.iter().any(|start| line.starts_with(start));
        let line = self
            .code
            .iter()
            .find(is_rust)
            .filter(|_| language == "text")?;
        Some(format!("`{line}` looks like Rust: let it be compiled"))
    }

    fn mistake_in(&self, tag: &str) -> Option<String> {
        let explained = tag == "no_run" && self.before.starts_with("<!-- no_run: ");
        let fine = explained || RUST_TAGS.contains(&tag);
        (!fine).then(|| format!("`{tag}`: let it run, or say `<!-- no_run: why -->` above it"))
    }
}

fn blocks(text: &str) -> impl Iterator<Item = Block<'_>> {
    let mut lines = text.lines().enumerate();
    let mut before = "";
    std::iter::from_fn(move || {
        loop {
            let (index, line) = lines.next()?;
            let Some(tags) = line.strip_prefix("```") else {
                before = line;
                continue;
            };
            let code = lines.by_ref().map(|(_, line)| line);
            return Some(Block {
                line: index + 1,
                before,
                tags,
                code: code.take_while(|line| *line != "```").collect(),
            });
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::Rule;
    use super::*;

    const PAGE: &str = "docs/guide/src/page.md";

    fn found(rule: Rule, text: &str) -> Vec<usize> {
        let tree = Tree::made_up(&[
            (SUMMARY, "[Page](page.md)\n"),
            (CODE, "include_str!(\"../../../docs/guide/src/page.md\")"),
            ("docs/guide/src/other.md", "# What's new: 1.2\n"),
            ("docs/elsewhere.md", "# Here\n"),
            (PAGE, text),
        ]);
        let problems = rule(&tree);
        let here = problems
            .iter()
            .filter(|problem| problem.path == Path::new(PAGE));
        here.map(|problem| problem.line).collect()
    }

    #[test]
    fn page_that_is_nowhere_is_told_twice() {
        let tree = Tree::made_up(&[(SUMMARY, ""), (CODE, ""), (PAGE, "")]);
        let problems = every_page_is_in_the_book_and_compiled(&tree);
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(found(every_page_is_in_the_book_and_compiled, "").is_empty());
    }

    #[test]
    fn rust_that_is_not_run_is_told() {
        for tags in [
            "rust",
            "rust,should_panic",
            "rust, compile_fail",
            "sh",
            "toml",
        ] {
            let text = format!("a\n```{tags}\nlet x = 1;\n```\n");
            assert!(found(code_is_run, &text).is_empty(), "{tags}");
        }
        for tags in [
            concat!("rust,ign", "ore"),
            "rust,no_run",
            "rust,should_panic,no_run",
            "",
            "rs",
        ] {
            let text = format!("a\n```{tags}\nlet x = 1;\n```\n");
            assert_eq!(found(code_is_run, &text), [2], "{tags}");
        }
    }

    #[test]
    fn what_is_not_run_says_why() {
        let text = "<!-- no_run: it never ends -->\n```rust,no_run\nserve();\n```\n";
        assert!(found(code_is_run, text).is_empty());
    }

    #[test]
    fn rust_is_not_passed_off_as_text() {
        assert_eq!(found(code_is_run, "```text\nrate 1\nuse it;\n```\n"), [1]);
        assert!(found(code_is_run, "```text\nrate 1\n```\nuse it\n").is_empty());
    }

    #[test]
    fn links_lead_to_pages_and_their_headings() {
        let text = "# Here\n[a](other.md) [b](other.md#whats-new-12) [c](#here)\n[d](other.md#old)\n[e](../../elsewhere.md)\n[f](#there)\n[g](https://example.org/x.md)\n";
        assert_eq!(found(links_stay_in_the_book, text), [3, 4, 5]);
    }
}
