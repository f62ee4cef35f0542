//! The files of the repository, read once and held in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::Result;

/// Folders that are not ours to judge, wherever they are.
const SKIPPED: &[&str] = &["target", ".git"];
/// The names of files that are read; of all others only the name counts.
const TEXT: &[&str] = &["rs", "md", "toml", "yml", "yaml", "sh"];
const TEXT_WITHOUT_EXTENSION: &[&str] = &[".ci/run"];

/// Every path of the repository, from its root, with the text of those that are read.
#[derive(Debug, Default)]
pub(super) struct Tree {
    texts: BTreeMap<PathBuf, String>,
    paths: BTreeSet<PathBuf>,
    links: BTreeMap<PathBuf, PathBuf>,
}

impl Tree {
    pub(super) fn read(root: &Path) -> Result<Self> {
        let mut tree = Self::default();
        tree.read_folder(root, Path::new(""))?;
        Ok(tree)
    }

    fn read_folder(&mut self, root: &Path, folder: &Path) -> Result {
        for entry in fs::read_dir(root.join(folder))? {
            let name = entry?.file_name();
            if !SKIPPED.iter().any(|skipped| name == *skipped) {
                self.read_entry(root, folder.join(name))?;
            }
        }
        Ok(())
    }

    /// A symbolic link to a file counts as that file, at both places.
    fn read_entry(&mut self, root: &Path, path: PathBuf) -> Result {
        let full = root.join(&path);
        if full.is_symlink() {
            self.links.insert(path.clone(), fs::read_link(&full)?);
        } else if full.is_dir() {
            self.read_folder(root, &path)?;
        }
        if is_text(&path) && full.is_file() {
            let text = fs::read_to_string(&full)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            self.texts.insert(path.clone(), text);
        }
        self.paths.insert(path);
        Ok(())
    }

    /// The files that are read, with their text.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.texts
            .iter()
            .map(|(path, text)| (path.as_path(), text.as_str()))
    }

    /// Those whose name ends in `.extension`.
    pub(super) fn texts_with(&self, extension: &str) -> impl Iterator<Item = (&Path, &str)> {
        self.texts()
            .filter(move |(path, _)| path.extension().is_some_and(|found| found == extension))
    }

    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(Path::new(path)).map(String::as_str)
    }

    /// Whether `path` is a file or folder of the repository.
    pub(super) fn contains(&self, path: &Path) -> bool {
        normal(path).is_some_and(|path| path.as_os_str().is_empty() || self.paths.contains(&path))
    }

    /// Where a symbolic link points.
    pub(super) fn link(&self, path: &str) -> Option<&Path> {
        self.links.get(Path::new(path)).map(PathBuf::as_path)
    }

    /// The names of the folders in `crates/`.
    pub(super) fn crates(&self) -> BTreeSet<&str> {
        let manifests = self
            .paths
            .iter()
            .filter(|path| path.ends_with("Cargo.toml"));
        let folders = manifests.filter_map(|path| path.parent());
        let crates = folders.filter(|folder| folder.parent() == Some(Path::new("crates")));
        crates
            .filter_map(|folder| folder.file_name()?.to_str())
            .collect()
    }

    /// The names of all examples of all crates.
    pub(super) fn examples(&self) -> BTreeSet<&str> {
        let in_examples = |path: &&PathBuf| {
            path.parent()
                .is_some_and(|folder| folder.ends_with("examples"))
        };
        self.paths
            .iter()
            .filter(in_examples)
            .filter_map(|path| path.file_stem()?.to_str())
            .collect()
    }
}

/// Takes `.` and `..` out of a path; `None` when it leaves the repository.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => normal.push(name),
            Component::CurDir => {}
            Component::ParentDir => {
                if !normal.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(normal)
}

fn is_text(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| TEXT.contains(&extension))
        || TEXT_WITHOUT_EXTENSION
            .iter()
            .any(|known| path == Path::new(known))
}

/// Trees that are not on any disk, for the tests of the rules.
#[cfg(test)]
impl Tree {
    pub(super) fn made_up(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            tree.texts.insert(path.into(), (*text).to_owned());
            tree.paths
                .extend(Path::new(path).ancestors().map(Path::to_path_buf));
        }
        tree
    }

    pub(super) fn with_link(mut self, path: &str, to: &str) -> Self {
        self.links.insert(path.into(), to.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Tree;

    #[test]
    fn paths_are_found_through_dots() {
        let tree = Tree::made_up(&[("docs/a.md", ""), ("crates/x/Cargo.toml", "")]);
        for path in [
            "docs/a.md",
            "docs",
            "docs/../crates/x",
            "./docs/./a.md",
            "crates/x/",
        ] {
            assert!(tree.contains(Path::new(path)), "{path}");
        }
        for path in ["docs/b.md", "../docs", "/docs"] {
            assert!(!tree.contains(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn crates_and_examples_are_listed_by_name() {
        let tree = Tree::made_up(&[
            ("crates/x/Cargo.toml", ""),
            ("crates/x/examples/quickstart.rs", ""),
            ("crates/x/examples/service/main.rs", ""),
            ("xtask/Cargo.toml", ""),
        ]);
        assert_eq!(Vec::from_iter(tree.crates()), ["x"]);
        assert_eq!(Vec::from_iter(tree.examples()), ["quickstart", "service"]);
    }
}
