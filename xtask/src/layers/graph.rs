//! The graph of our crates, as the manifests declare it now.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::metadata::{Kind, Metadata, Package};

/// Each crate of ours with the crates of ours that it depends on.
type Graph<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// A diagram (arrows that follow from others left out) and a table of all dependencies.
pub(super) fn markdown(metadata: &Metadata) -> String {
    let graph = graph(metadata);
    let mut lines = vec!["```text".to_owned()];
    lines.extend(diagram(&graph));
    lines.push("```".to_owned());
    lines.push(String::new());
    lines.extend(table(metadata, &graph));
    lines.join("\n")
}

fn graph(metadata: &Metadata) -> Graph<'_> {
    let names: BTreeSet<&str> = metadata
        .members()
        .map(|package| package.name.as_str())
        .collect();
    let ours = |package| {
        normal(package)
            .filter(|name| names.contains(name))
            .collect()
    };
    metadata
        .members()
        .map(|package| (package.name.as_str(), ours(package)))
        .collect()
}

fn normal(package: &Package) -> impl Iterator<Item = &str> {
    let normal = package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind == Kind::Normal);
    normal.map(|dependency| dependency.name.as_str())
}

/// One line per crate, the highest first; crates that stand on nothing are on layer 1.
fn diagram(graph: &Graph<'_>) -> Vec<String> {
    let mut crates: Vec<(usize, &str)> = graph
        .keys()
        .map(|name| (height(graph, name), *name))
        .collect();
    crates.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let width = graph
        .keys()
        .map(|name| name.len())
        .max()
        .unwrap_or_default();
    let mut lines = Vec::new();
    for (height, name) in crates {
        let mut line = format!("{height}  {name:<width$}");
        let direct = direct(graph, name);
        if !direct.is_empty() {
            write!(line, "  -> {}", direct.join(", ")).unwrap_or_default();
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// The length of the longest way down. Cargo refuses circles, so there is one.
fn height(graph: &Graph<'_>, name: &str) -> usize {
    1 + graph[name]
        .iter()
        .map(|below| height(graph, below))
        .max()
        .unwrap_or_default()
}

/// The dependencies that no other dependency brings along.
fn direct<'a>(graph: &Graph<'a>, name: &str) -> Vec<&'a str> {
    let all = &graph[name];
    let implied = |below: &str| {
        all.iter()
            .any(|other| *other != below && reaches(graph, other, below))
    };
    all.iter()
        .copied()
        .filter(|below| !implied(below))
        .collect()
}

fn reaches(graph: &Graph<'_>, from: &str, to: &str) -> bool {
    graph[from]
        .iter()
        .any(|below| *below == to || reaches(graph, below, to))
}

fn table(metadata: &Metadata, graph: &Graph<'_>) -> Vec<String> {
    let mut lines = vec![
        "| crate | of ours | external |".to_owned(),
        "| --- | --- | --- |".to_owned(),
    ];
    for package in metadata.members() {
        let note = if package.published {
            ""
        } else {
            " (not published)"
        };
        let ours = &graph[package.name.as_str()];
        let external: BTreeSet<&str> = normal(package)
            .filter(|name| !ours.contains(name))
            .collect();
        lines.push(format!(
            "| `{}`{note} | {} | {} |",
            package.name,
            cell(ours),
            cell(&external)
        ));
    }
    lines
}

fn cell(names: &BTreeSet<&str>) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::markdown;
    use crate::metadata::made_up::{member, metadata, private};

    #[test]
    fn implied_arrows_are_left_out_of_the_diagram() {
        let metadata = metadata(&[
            private("top", &[("", "middle"), ("", "low"), ("dev", "other")]),
            member("middle", &[("", "low")]),
            member("low", &[("", "serde")]),
        ]);
        let expected = "\
```text
3  top     -> middle
2  middle  -> low
1  low
```

| crate | of ours | external |
| --- | --- | --- |
| `top` (not published) | `low`, `middle` | none |
| `middle` | `low` | none |
| `low` | none | `serde` |";
        assert_eq!(markdown(&metadata), expected);
    }
}
