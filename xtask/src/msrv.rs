//! `msrv`: the minimum Rust version is what the dependencies force, neither older nor newer.

use crate::Result;
use crate::metadata::Package;
use crate::report::Report;
use crate::workspace::Workspace;

/// A Rust version; a missing patch number is 0.
type Version = (u32, u32, u32);

pub(crate) fn run(workspace: &Workspace) -> Result<Report> {
    let members: Vec<&Package> = workspace.metadata()?.members().collect();
    let closure = workspace.published_closure()?;
    let (version, why) = verdict(&members, &closure)?;
    Ok(Report::of(format!(
        "{version}, forced by {}",
        why.join(" and ")
    )))
}

/// The declared version and what forces it, or what is wrong with it.
fn verdict<'a>(members: &[&'a Package], closure: &[&Package]) -> Result<(&'a str, Vec<String>)> {
    let declared = declared(members)?;
    let (forced, why) = forced(members, closure);
    let why_list = why.join(" and ");
    match version(declared)?.cmp(&forced) {
        std::cmp::Ordering::Equal => Ok((declared, why)),
        std::cmp::Ordering::Less => Err(format!(
            "rust-version {declared} is too old: {why_list} needs {}",
            spelled(forced)
        )
        .into()),
        std::cmp::Ordering::Greater => Err(format!(
            "rust-version {declared} is newer than needed: {} is enough ({why_list})",
            spelled(forced)
        )
        .into()),
    }
}

/// The one version that all crates of the workspace declare.
fn declared<'a>(members: &[&'a Package]) -> Result<&'a str> {
    let mut declared = None;
    for package in members {
        let version = package.rust_version.as_deref();
        let version =
            version.ok_or_else(|| format!("{} declares no rust-version", package.name))?;
        if *declared.get_or_insert(version) != version {
            return Err(format!(
                "{} declares a rust-version of its own, {version}",
                package.name
            )
            .into());
        }
    }
    declared.ok_or_else(|| "the workspace has no crate".into())
}

/// The highest version that a dependency or our edition needs, and who needs it.
fn forced(members: &[&Package], closure: &[&Package]) -> (Version, Vec<String>) {
    let editions = members.iter().map(|package| {
        (
            edition(&package.edition),
            format!("edition {}", package.edition),
        )
    });
    let dependencies = closure.iter().filter(|package| package.source.is_some());
    let dependencies = dependencies.filter_map(|package| {
        let needs = version(package.rust_version.as_deref()?).ok()?;
        Some((needs, format!("{} {}", package.name, package.version)))
    });
    let needs: Vec<(Version, String)> = editions.chain(dependencies).collect();
    let highest = needs
        .iter()
        .map(|(version, _)| *version)
        .max()
        .unwrap_or_default();
    let mut why: Vec<String> = needs
        .into_iter()
        .filter(|(version, _)| *version == highest)
        .map(|(_, why)| why)
        .collect();
    why.sort_unstable();
    why.dedup();
    (highest, why)
}

/// The first Rust with this edition.
fn edition(name: &str) -> Version {
    match name {
        "2024" => (1, 85, 0),
        "2021" => (1, 56, 0),
        "2018" => (1, 31, 0),
        _ => (1, 0, 0),
    }
}

fn version(text: &str) -> Result<Version> {
    let numbers = text
        .split('.')
        .map(str::parse)
        .collect::<std::result::Result<Vec<u32>, _>>();
    match numbers.as_deref() {
        Ok([major, minor]) => Ok((*major, *minor, 0)),
        Ok([major, minor, patch]) => Ok((*major, *minor, *patch)),
        _ => Err(format!("`{text}` is not a Rust version").into()),
    }
}

fn spelled((major, minor, patch): Version) -> String {
    if patch == 0 {
        format!("{major}.{minor}")
    } else {
        format!("{major}.{minor}.{patch}")
    }
}

#[cfg(test)]
mod tests {
    use super::{verdict, version};
    use crate::Result;
    use crate::metadata::Package;
    use crate::metadata::made_up::{external, member, metadata};

    /// What is said of a workspace that declares `ours` and uses crates that need `theirs`.
    fn verdict_on(ours: &str, theirs: &[&str]) -> Result<String> {
        let mut packages = vec![member("a", &[])];
        packages[0]["rust_version"] = ours.into();
        for (number, version) in theirs.iter().enumerate() {
            let mut package = external(&format!("dependency-{number}"), "1.0.0", "MIT");
            package["rust_version"] = (*version).into();
            packages.push(package);
        }
        let metadata = metadata(&packages);
        let closure: Vec<&Package> = metadata.packages.iter().collect();
        let members: Vec<&Package> = metadata.members().collect();
        verdict(&members, &closure).map(|(version, why)| format!("{version} {}", why.join(", ")))
    }

    #[test]
    fn highest_dependency_decides() {
        assert_eq!(
            verdict_on("1.88", &["1.86", "1.88.0"]).unwrap(),
            "1.88 dependency-1 1.0.0"
        );
    }

    #[test]
    fn too_old_names_who_needs_more() {
        let error = verdict_on("1.87", &["1.88"]).unwrap_err().to_string();
        assert_eq!(
            error,
            "rust-version 1.87 is too old: dependency-0 1.0.0 needs 1.88"
        );
    }

    #[test]
    fn newer_than_needed_is_refused() {
        let error = verdict_on("1.90", &["1.88"]).unwrap_err().to_string();
        assert_eq!(
            error,
            "rust-version 1.90 is newer than needed: 1.88 is enough (dependency-0 1.0.0)"
        );
    }

    #[test]
    fn edition_counts_like_a_dependency() {
        assert_eq!(verdict_on("1.85", &["1.60"]).unwrap(), "1.85 edition 2024");
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        assert!(version("1.9").unwrap() < version("1.88").unwrap());
        assert_eq!(version("1.56.0").unwrap(), version("1.56").unwrap());
        assert!(version("stable").is_err());
    }
}
