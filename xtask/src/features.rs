//! `features`: each crate builds alone, with no feature, each feature and all features.
//!
//! One crate at a time, so that none borrows a feature of a dependency from its neighbour.

use crate::Result;
use crate::metadata::Package;
use crate::report::Report;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace) -> Result<Report> {
    let mut checked = 0;
    for package in workspace.metadata()?.members() {
        for choice in choices(package) {
            let cargo = workspace.cargo(&["check", "--quiet", "-p", &package.name]);
            cargo.arguments(&choice).run()?;
            checked += 1;
        }
    }
    Ok(Report::of(format!("{checked} combinations build")))
}

/// The arguments that choose features, without repeating a set.
fn choices(package: &Package) -> Vec<Vec<&str>> {
    let features: Vec<&str> = package
        .features
        .iter()
        .map(String::as_str)
        .filter(|&feature| feature != "default")
        .collect();
    let mut choices = vec![vec!["--no-default-features"]];
    for feature in &features {
        choices.push(vec!["--no-default-features", "--features", feature]);
    }
    if features.len() > 1 {
        choices.push(vec!["--all-features"]);
    }
    choices
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::choices;
    use crate::metadata::made_up::{member, metadata};

    fn choices_of(features: &[&str]) -> Vec<String> {
        let mut package = member("a", &[]);
        for feature in features {
            package["features"][*feature] = json!([]);
        }
        let metadata = metadata(&[package]);
        choices(metadata.member("a").unwrap())
            .iter()
            .map(|choice| choice.join(" "))
            .collect()
    }

    #[test]
    fn crate_without_features_is_checked_once() {
        assert_eq!(choices_of(&[]), ["--no-default-features"]);
        assert_eq!(choices_of(&["default"]), ["--no-default-features"]);
    }

    #[test]
    fn none_each_and_all() {
        assert_eq!(
            choices_of(&["default", "inspect", "tower"]),
            [
                "--no-default-features",
                "--no-default-features --features inspect",
                "--no-default-features --features tower",
                "--all-features",
            ]
        );
    }
}
