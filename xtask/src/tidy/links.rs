//! Links between documents lead somewhere.

use std::path::Path;

use super::Problem;
use super::manifest::workspace_package;
use super::tree::Tree;

/// Checks relative links, and full links into the default branch of our own repository.
///
/// A symbolic link is read at both its places, so a README that is shown twice links in full.
pub(super) fn resolve(tree: &Tree) -> Vec<Problem> {
    let repository = workspace_package(tree, "repository");
    let mut problems = Vec::new();
    for (path, text) in tree.texts_with("md") {
        for (line, target) in targets(text) {
            if !leads_somewhere(tree, path, target, repository) {
                problems.push(Problem::of_line(
                    path,
                    line,
                    format!("`{target}` leads nowhere"),
                ));
            }
        }
    }
    problems
}

fn leads_somewhere(tree: &Tree, document: &Path, target: &str, repository: Option<&str>) -> bool {
    let file = target.split('#').next().unwrap_or_default();
    if let Some(path) = repository.and_then(|repository| path_in(repository, file)) {
        return tree.contains(Path::new(path));
    }
    let elsewhere = file.contains("://") || file.starts_with("mailto:") || file.contains("::");
    let folder = document.parent().unwrap_or(Path::new(""));
    file.is_empty() || elsewhere || tree.contains(&folder.join(file))
}

/// The path in a link such as `https://…/blob/main/docs/architecture.md`.
fn path_in<'a>(repository: &str, link: &'a str) -> Option<&'a str> {
    let rest = link.strip_prefix(repository)?;
    let branch = rest
        .strip_prefix("/blob/")
        .or_else(|| rest.strip_prefix("/tree/"))?;
    branch.strip_prefix("main/")
}

/// What the links of a document point to, `[…](here)` or `[…]: here`, outside code.
pub(super) fn targets(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    let prose = text.lines().enumerate().filter(move |(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    });
    prose.flat_map(|(index, line)| targets_of_line(line).map(move |target| (index + 1, target)))
}

fn targets_of_line(line: &str) -> impl Iterator<Item = &str> {
    let inline = line
        .match_indices("](")
        .filter(|&(start, _)| !is_in_code(line, start));
    let inline = inline.filter_map(|(start, _)| line[start + 2..].split([')', ' ']).next());
    let reference = line
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("]: "));
    let reference = reference.and_then(|(_, target)| target.split_whitespace().next());
    inline
        .chain(reference)
        .map(|target| target.trim_matches(['<', '>']))
}

/// Whether an odd number of backticks stands before `place`.
fn is_in_code(line: &str, place: usize) -> bool {
    line[..place].matches('`').count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[workspace.package]\nrepository = \"https://example.org/us/it\"\n";

    fn found(document: &str, text: &str) -> Vec<usize> {
        let tree = Tree::made_up(&[
            ("Cargo.toml", MANIFEST),
            ("docs/b.md", ""),
            ("LICENSE", ""),
            (document, text),
        ]);
        resolve(&tree).iter().map(|problem| problem.line).collect()
    }

    #[test]
    fn relative_links_start_at_their_document() {
        let text = "[b](b.md), [`b`](b.md#part \"title\"), [l](../LICENSE), [d](../docs/)\n[x](docs/b.md)\n[y](../../b.md)";
        assert_eq!(found("docs/a.md", text), [2, 3]);
    }

    #[test]
    fn references_are_links_too() {
        assert_eq!(
            found(
                "docs/a.md",
                "[b]: b.md\n[c]: c.md\n[`Type`]: crate::module::Type"
            ),
            [2]
        );
    }

    #[test]
    fn links_elsewhere_are_not_followed() {
        assert!(
            found(
                "a.md",
                "[a](https://example.com/x), [b](mailto:a@b.c), [c](#part)"
            )
            .is_empty()
        );
    }

    #[test]
    fn full_links_into_this_repository_are() {
        let good = "[b](https://example.org/us/it/blob/main/docs/b.md#part) [d](https://example.org/us/it/tree/main/docs)";
        assert!(found("a.md", good).is_empty());
        assert_eq!(
            found("a.md", "[c](https://example.org/us/it/blob/main/docs/c.md)"),
            [1]
        );
        assert!(found("a.md", "[issues](https://example.org/us/it/issues)").is_empty());
    }

    #[test]
    fn code_has_no_links() {
        assert!(found("a.md", "```rust\nlet x = a[0](gone);\n```\n`a[0](gone)`").is_empty());
    }
}
