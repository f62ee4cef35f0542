//! The repository that the commands work on.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::metadata::{Metadata, Package};
use crate::process::Process;

/// The root of the repository, and what cargo says about it (asked once).
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    metadata: OnceCell<Metadata>,
}

impl Workspace {
    /// The workspace that this program was built in.
    pub(crate) fn here() -> Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = manifest
            .parent()
            .ok_or("xtask has to be a folder of the workspace")?;
        Ok(Self {
            root: root.to_path_buf(),
            metadata: OnceCell::new(),
        })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// `cargo <arguments>`, the same cargo that started this program.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Process {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        Process::new(cargo, &self.root).arguments(arguments)
    }

    /// What `cargo metadata` says, with all features on.
    pub(crate) fn metadata(&self) -> Result<&Metadata> {
        if let Some(metadata) = self.metadata.get() {
            return Ok(metadata);
        }
        let cargo = self.cargo(&["metadata", "--format-version", "1", "--all-features"]);
        let metadata = Metadata::parse(&serde_json::from_str(&cargo.read()?)?)?;
        Ok(self.metadata.get_or_init(|| metadata))
    }

    /// Everything that is compiled for a user of the published crates, on any platform.
    ///
    /// `cargo tree` answers this one: in `cargo metadata` the features that tests and unpublished
    /// crates ask for are mixed in.
    pub(crate) fn published_closure(&self) -> Result<Vec<&Package>> {
        let metadata = self.metadata()?;
        let mut cargo = self.cargo(&[
            "tree",
            "--edges",
            "normal,build",
            "--target",
            "all",
            "--all-features",
        ]);
        cargo = cargo.arguments(&["--prefix", "none", "--format", "{p}"]);
        for package in metadata.members().filter(|package| package.published) {
            cargo = cargo.arguments(&["--package", &package.name]);
        }
        let listed = cargo.read()?;
        let listed: BTreeSet<(&str, &str)> = listed.lines().filter_map(name_and_version).collect();
        let in_closure = |package: &&Package| listed.contains(&(&package.name, &package.version));
        Ok(metadata.packages.iter().filter(in_closure).collect())
    }
}

/// Reads a line such as `serde v1.0.229 (proc-macro)`.
fn name_and_version(line: &str) -> Option<(&str, &str)> {
    let mut words = line.split_whitespace();
    let name = words.next()?;
    let version = words.next()?.strip_prefix('v')?;
    Some((name, version))
}

#[cfg(test)]
mod tests {
    use super::name_and_version;

    #[test]
    fn line_of_the_tree_is_read() {
        assert_eq!(
            name_and_version("toml v1.2.1+spec-1.1.0 (*)"),
            Some(("toml", "1.2.1+spec-1.1.0"))
        );
        assert_eq!(name_and_version(""), None);
    }
}
