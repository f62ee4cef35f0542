//! Every package is under licences that `deny.toml` allows.

use std::collections::BTreeSet;

use super::spdx;
use crate::Result;
use crate::metadata::Package;

/// The names in the `allow` list under `[licenses]` of `deny.toml`: that file is the one list.
pub(super) fn allowed(deny_toml: &str) -> Result<BTreeSet<String>> {
    let section = deny_toml
        .lines()
        .skip_while(|line| line.trim() != "[licenses]")
        .skip(1);
    let section = section.take_while(|line| !line.starts_with('['));
    let list = section
        .skip_while(|line| line.trim() != "allow = [")
        .skip(1);
    let list = list.take_while(|line| line.trim() != "]");
    let names: BTreeSet<String> = list
        .filter_map(|line| line.split('"').nth(1))
        .map(ToOwned::to_owned)
        .collect();
    if names.is_empty() {
        return Err("deny.toml: no `allow = [` list, one name a line, under `[licenses]`".into());
    }
    Ok(names)
}

pub(super) fn problems(packages: &[Package], allowed: &BTreeSet<String>) -> Vec<String> {
    packages
        .iter()
        .filter_map(|package| problem(package, allowed))
        .collect()
}

fn problem(package: &Package, allowed: &BTreeSet<String>) -> Option<String> {
    let Package {
        name,
        version,
        license,
        ..
    } = package;
    let Some(license) = license else {
        return Some(format!("{name} {version}: states no licence"));
    };
    match spdx::is_satisfied(license, allowed) {
        Ok(true) => None,
        Ok(false) => Some(format!(
            "{name} {version}: `{license}` is not allowed by deny.toml"
        )),
        Err(mistake) => Some(format!(
            "{name} {version}: cannot read the licence `{license}`: {mistake}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{allowed, problems};
    use crate::metadata::made_up::{external, metadata};

    const DENY: &str = "[bans]\nallow = [\n    \"GPL-3.0-only\",\n]\n\n[licenses]\nallow = [\n    \"MIT\", # short\n    \"Zlib\",\n]\n";

    #[test]
    fn list_is_read_from_its_section() {
        assert_eq!(Vec::from_iter(allowed(DENY).unwrap()), ["MIT", "Zlib"]);
        assert!(allowed("[licenses]\n").is_err());
    }

    #[test]
    fn each_kind_of_problem_is_named() {
        let mut silent = external("silent", "1.0.0", "");
        silent["license"] = Value::Null;
        let metadata = metadata(&[
            external("fine", "1.0.0", "GPL-3.0-only OR MIT"),
            external("strict", "1.0.0", "GPL-3.0-only"),
            external("odd", "1.0.0", "MIT OR"),
            silent,
        ]);
        let found = problems(&metadata.packages, &allowed(DENY).unwrap());
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(
            found[0].starts_with("strict 1.0.0: `GPL-3.0-only`"),
            "{found:?}"
        );
        assert!(found[1].contains("cannot read"), "{found:?}");
        assert_eq!(found[2], "silent 1.0.0: states no licence");
    }
}
