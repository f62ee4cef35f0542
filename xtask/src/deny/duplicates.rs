//! One version of each crate: two cost compile time, size, and types that do not fit together.

use std::collections::{BTreeMap, BTreeSet};

use crate::metadata::Package;

/// The crates that are there in more than one version.
pub(super) fn of(packages: &[&Package]) -> Vec<String> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in packages {
        versions
            .entry(&package.name)
            .or_default()
            .insert(&package.version);
    }
    let several = versions
        .into_iter()
        .filter(|(_, versions)| versions.len() > 1);
    several
        .map(|(name, versions)| line(name, &versions))
        .collect()
}

fn line(name: &str, versions: &BTreeSet<&str>) -> String {
    let versions: Vec<&str> = versions.iter().copied().collect();
    format!("{name}: several versions, {}", versions.join(" and "))
}

#[cfg(test)]
mod tests {
    use super::of;
    use crate::metadata::Package;
    use crate::metadata::made_up::{external, metadata};

    #[test]
    fn several_versions_are_named_once() {
        let metadata = metadata(&[
            external("rand", "0.8.5", "MIT"),
            external("rand", "0.9.0", "MIT"),
            external("serde", "1.0.0", "MIT"),
        ]);
        let packages: Vec<&Package> = metadata.packages.iter().collect();
        assert_eq!(of(&packages), ["rand: several versions, 0.8.5 and 0.9.0"]);
    }
}
