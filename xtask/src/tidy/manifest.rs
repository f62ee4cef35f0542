//! What the root manifest says of the whole family.

use super::tree::Tree;

/// The value of `key = "value"` in `[workspace.package]`.
pub(super) fn workspace_package<'a>(tree: &'a Tree, key: &str) -> Option<&'a str> {
    let section = tree
        .text("Cargo.toml")?
        .lines()
        .skip_while(|line| line.trim() != "[workspace.package]")
        .skip(1);
    let mut section = section.take_while(|line| !line.starts_with('['));
    section.find_map(|line| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == key).then(|| value.split('"').nth(1))?
    })
}

#[cfg(test)]
mod tests {
    use super::workspace_package;
    use crate::tidy::tree::Tree;

    #[test]
    fn value_is_read_from_its_section() {
        let manifest = "[a]\nversion = \"9\"\n\n[workspace.package]\nversion = \"1.2.0\" # all\n[b]\nedition = \"x\"\n";
        let tree = Tree::made_up(&[("Cargo.toml", manifest)]);
        assert_eq!(workspace_package(&tree, "version"), Some("1.2.0"));
        assert_eq!(workspace_package(&tree, "edition"), None);
    }
}
