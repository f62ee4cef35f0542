//! Dependencies come from a registry, in a version range that somebody chose.

use crate::metadata::{Dependency, Kind, Metadata, Package};

pub(super) fn problems(metadata: &Metadata) -> Vec<String> {
    let elsewhere = metadata.packages.iter().filter_map(problem_with_source);
    let members = metadata.members();
    let unbounded = members.flat_map(|package| {
        package
            .dependencies
            .iter()
            .filter_map(move |dependency| problem_with_range(package, dependency))
    });
    elsewhere.chain(unbounded).collect()
}

fn problem_with_source(package: &Package) -> Option<String> {
    let source = package.source.as_deref()?;
    let from_registry = source.starts_with("registry+") || source.starts_with("sparse+");
    (!from_registry).then(|| {
        format!(
            "{} {}: does not come from a registry",
            package.name, package.version
        )
    })
}

/// A path without a version is fine where nothing is published.
fn problem_with_range(package: &Package, dependency: &Dependency) -> Option<String> {
    let local = dependency.is_path && (!package.published || dependency.kind == Kind::Dev);
    let unbounded = dependency.requirement == "*" && !local;
    unbounded.then(|| {
        format!(
            "{}: accepts every version of `{}`",
            package.name, dependency.name
        )
    })
}

#[cfg(test)]
mod tests {
    use super::problems;
    use crate::metadata::made_up::{external, member, metadata, private};

    #[test]
    fn registry_is_the_only_source() {
        let mut package = external("a", "1.0.0", "MIT");
        assert!(problems(&metadata(&[package.clone()])).is_empty());
        package["source"] = "git+somewhere".into();
        assert_eq!(
            problems(&metadata(&[package])),
            ["a 1.0.0: does not come from a registry"]
        );
    }

    #[test]
    fn range_has_a_bound() {
        let mut package = member("a", &[("", "b")]);
        package["dependencies"][0]["req"] = "*".into();
        assert_eq!(
            problems(&metadata(&[package.clone()])),
            ["a: accepts every version of `b`"]
        );
        package["dependencies"][0]["path"] = "crates/b".into();
        assert_eq!(problems(&metadata(&[package])).len(), 1);
    }

    #[test]
    fn unpublished_crate_may_name_a_path_only() {
        let mut package = private("a", &[("", "b")]);
        package["dependencies"][0]["req"] = "*".into();
        package["dependencies"][0]["path"] = "crates/b".into();
        assert!(problems(&metadata(&[package])).is_empty());
    }
}
