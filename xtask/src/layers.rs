//! `layers`: each crate depends only on what its layer may see.
//!
//! The rules are the rows of [`table`]; what the manifests declare is held against them.

use std::collections::BTreeSet;

use crate::Result;
use crate::metadata::{Dependency, Kind, Metadata, Package};
use crate::report::Report;
use crate::workspace::Workspace;

mod graph;
mod table;

use table::{Allowed, Row};

const FACADE: &str = "cubbyhole";
const TESTKIT: &str = "cubbyhole-testkit";
/// Servers for tests. Whatever its library saw of ours could not be tested with it: it would be compiled twice, and its
/// types would be two.
const FLEET: &str = "cubbyhole-fleet";
/// Crates that stay free of a runtime, and the runtime that must not reach them.
const RUNTIME_FREE: &[(&str, &str)] = &[("cubbyhole-policy", "tokio")];

pub(crate) fn check(workspace: &Workspace) -> Result<Report> {
    let metadata = workspace.metadata()?;
    let problems = problems(metadata, table::ROWS);
    for problem in &problems {
        println!("{problem}");
    }
    if problems.is_empty() {
        Ok(Report::of(format!(
            "{} crates in their layers",
            metadata.members().count()
        )))
    } else {
        Err(format!(
            "{} dependencies break the layers of xtask/src/layers/table.rs",
            problems.len()
        )
        .into())
    }
}

/// Prints the graph as Markdown, for the documentation.
pub(crate) fn print(workspace: &Workspace) -> Result<Report> {
    Ok(Report::of(graph::markdown(workspace.metadata()?)))
}

fn problems(metadata: &Metadata, rows: &[Row]) -> Vec<String> {
    let ours: BTreeSet<&str> = metadata
        .members()
        .map(|package| package.name.as_str())
        .collect();
    let mut problems = Vec::new();
    for package in metadata.members() {
        let Some(row) = rows.iter().find(|row| row.name == package.name) else {
            problems.push(format!(
                "{}: has no row in the table: choose its layer",
                package.name
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let problem = if ours.contains(dependency.name.as_str()) {
                problem_with_ours(package, dependency, row)
            } else {
                problem_with_external(dependency, row)
            };
            problems.extend(problem.map(|problem| format!("{}: {problem}", package.name)));
        }
    }
    problems.extend(problems_with_runtimes(metadata));
    problems
}

/// A crate sees the crates below it; its tests see the testkit and the servers as well.
fn problem_with_ours(package: &Package, dependency: &Dependency, row: &Row) -> Option<String> {
    let name = &dependency.name;
    if name == FACADE && package.published {
        return Some(format!(
            "depends on `{name}`, the facade, which only unpublished crates may"
        ));
    }
    let is_of_tests = dependency.kind == Kind::Dev;
    if package.name == FLEET && !is_of_tests {
        return Some(format!("depends on `{name}`, which only its tests may"));
    }
    if is_of_tests && [TESTKIT, FLEET].contains(&name.as_str()) {
        return None;
    }
    let kind = if is_of_tests {
        "tests depend"
    } else {
        "depends"
    };
    (!row.ours.contains(name)).then(|| format!("{kind} on `{name}`, which its layer does not see"))
}

/// What a published crate brings along is decided in the table; tests use what they like.
fn problem_with_external(dependency: &Dependency, row: &Row) -> Option<String> {
    let name = &dependency.name;
    let counts = dependency.kind != Kind::Dev && !row.external.contains(name);
    counts.then(|| format!("depends on `{name}`, which is not on its list of external crates"))
}

fn problems_with_runtimes(metadata: &Metadata) -> Vec<String> {
    let mut problems = Vec::new();
    for &(name, runtime) in RUNTIME_FREE {
        let closure = metadata
            .member(name)
            .map(|package| metadata.closure(package));
        if closure
            .into_iter()
            .flatten()
            .any(|package| package.name == runtime)
        {
            problems.push(format!("{name}: `{runtime}` is in its dependency tree"));
        }
    }
    problems
}

impl Allowed {
    fn contains(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(names) => names.contains(&name),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::table::{Allowed, ROWS, Row};
    use super::{FACADE, FLEET, TESTKIT, problems};
    use crate::metadata::made_up::{external, member, metadata, private};

    const SMALL: &[Row] = &[
        Row {
            name: "low",
            ours: Allowed::Only(&[]),
            external: Allowed::Only(&["serde"]),
        },
        Row {
            name: "high",
            ours: Allowed::Only(&["low"]),
            external: Allowed::Only(&[]),
        },
        Row {
            name: FACADE,
            ours: Allowed::Only(&["high"]),
            external: Allowed::Only(&[]),
        },
        Row {
            name: TESTKIT,
            ours: Allowed::Only(&["low"]),
            external: Allowed::Only(&[]),
        },
        Row {
            name: FLEET,
            ours: Allowed::Only(&[FACADE]),
            external: Allowed::Only(&[]),
        },
        Row {
            name: "program",
            ours: Allowed::Any,
            external: Allowed::Any,
        },
    ];

    fn problems_of(packages: &[Value]) -> Vec<String> {
        problems(&metadata(packages), SMALL)
    }

    #[test]
    fn what_the_table_allows_is_fine() {
        let packages = [
            member("low", &[("", "serde"), ("dev", "tempfile"), ("dev", FLEET)]),
            member("high", &[("", "low"), ("dev", TESTKIT)]),
            member(FACADE, &[("", "high")]),
            member(TESTKIT, &[("", "low")]),
            private(FLEET, &[("dev", FACADE), ("dev", TESTKIT)]),
            private("program", &[("", FACADE), ("", "anything")]),
        ];
        assert_eq!(problems_of(&packages), [""; 0]);
    }

    #[test]
    fn dependency_upwards_is_named() {
        let packages = [member("low", &[("", "high")]), member("high", &[])];
        assert_eq!(
            problems_of(&packages),
            ["low: depends on `high`, which its layer does not see"]
        );
    }

    #[test]
    fn tests_do_not_look_upwards_either() {
        let packages = [member("low", &[("dev", "high")]), member("high", &[])];
        assert_eq!(
            problems_of(&packages),
            ["low: tests depend on `high`, which its layer does not see"]
        );
    }

    #[test]
    fn testkit_is_for_tests_only() {
        let packages = [member("low", &[("", TESTKIT)]), member(TESTKIT, &[])];
        assert_eq!(problems_of(&packages).len(), 1);
    }

    #[test]
    fn servers_for_tests_see_nothing_of_ours() {
        let packages = [private(FLEET, &[("", FACADE)]), member(FACADE, &[])];
        assert_eq!(
            problems_of(&packages),
            ["cubbyhole-fleet: depends on `cubbyhole`, which only its tests may"]
        );
        let packages = [member("low", &[("", FLEET)]), private(FLEET, &[])];
        assert_eq!(problems_of(&packages).len(), 1, "they are for tests");
    }

    #[test]
    fn published_crate_cannot_use_the_facade() {
        for kind in ["", "dev", "build"] {
            let packages = [member("program", &[(kind, FACADE)]), member(FACADE, &[])];
            assert_eq!(
                problems_of(&packages),
                ["program: depends on `cubbyhole`, the facade, which only unpublished crates may"]
            );
        }
    }

    #[test]
    fn external_crate_has_to_be_listed() {
        let expected = ["low: depends on `tokio`, which is not on its list of external crates"];
        assert_eq!(problems_of(&[member("low", &[("", "tokio")])]), expected);
        assert_eq!(
            problems_of(&[member("low", &[("build", "tokio")])]),
            expected
        );
    }

    #[test]
    fn crate_without_a_row_is_named() {
        let found = problems_of(&[member("new", &[])]);
        assert_eq!(found, ["new: has no row in the table: choose its layer"]);
    }

    #[test]
    fn runtime_behind_a_dependency_is_found() {
        let mut tokio = external("tokio", "1.0.0", "MIT");
        tokio["id"] = "tokio".into();
        let mut between = member("thiserror", &[("", "tokio")]);
        between["source"] = "registry+somewhere".into();
        let packages = [
            member("cubbyhole-policy", &[("", "thiserror")]),
            between,
            tokio,
        ];
        let found = problems(&metadata(&packages), ROWS);
        assert_eq!(
            found,
            ["cubbyhole-policy: `tokio` is in its dependency tree"]
        );
    }

    #[test]
    fn table_names_each_crate_once() {
        let mut names: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ROWS.len());
    }

    #[test]
    fn table_has_no_circle() {
        // A crate stands below whoever lists it, so the rows can be written lowest first.
        for (place, row) in ROWS.iter().enumerate() {
            if let Allowed::Only(ours) = &row.ours {
                for name in *ours {
                    let below = ROWS.iter().position(|row| row.name == *name);
                    let is_below = below.is_some_and(|below| below < place);
                    assert!(
                        is_below,
                        "{} lists {name}, which has no row before its own",
                        row.name
                    );
                }
            }
        }
    }
}
