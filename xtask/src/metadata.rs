//! The part of `cargo metadata` that the checks need.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;

use crate::Result;

/// The packages of the workspace and of everything it depends on.
#[derive(Debug)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) target_directory: PathBuf,
    members: BTreeSet<String>,
    compiled: BTreeMap<String, Vec<String>>,
}

/// One version of one package.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) edition: String,
    pub(crate) license: Option<String>,
    pub(crate) rust_version: Option<String>,
    /// Where it comes from; a package of this workspace comes from nowhere.
    pub(crate) source: Option<String>,
    pub(crate) published: bool,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) features: Vec<String>,
    pub(crate) targets: Vec<Target>,
}

/// A dependency as the manifest declares it, optional ones included.
#[derive(Debug)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) requirement: String,
    pub(crate) kind: Kind,
    pub(crate) is_path: bool,
}

/// What a dependency is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Normal,
    Build,
    Dev,
}

/// A library, program, test, example or benchmark of a package.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kinds: Vec<String>,
}

impl Metadata {
    pub(crate) fn parse(value: &Value) -> Result<Self> {
        let packages = array(value, "packages")?
            .iter()
            .map(Package::parse)
            .collect::<Result<_>>()?;
        let nodes = array(&value["resolve"], "nodes")?;
        Ok(Self {
            packages,
            target_directory: text(value, "target_directory")?.into(),
            members: strings(value, "workspace_members")?.into_iter().collect(),
            compiled: nodes
                .iter()
                .map(compiled_dependencies)
                .collect::<Result<_>>()?,
        })
    }

    /// The packages of the workspace.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages
            .iter()
            .filter(|package| self.members.contains(&package.id))
    }

    /// The package of the workspace with this name.
    pub(crate) fn member(&self, name: &str) -> Option<&Package> {
        self.members().find(|package| package.name == name)
    }

    /// Everything that is compiled to use `package`, without its tests.
    pub(crate) fn closure(&self, package: &Package) -> Vec<&Package> {
        let mut seen = BTreeSet::from([package.id.as_str()]);
        let mut waiting = vec![package.id.as_str()];
        while let Some(id) = waiting.pop() {
            let dependencies = self.compiled.get(id).into_iter().flatten();
            waiting.extend(
                dependencies
                    .map(String::as_str)
                    .filter(|&id| seen.insert(id)),
            );
        }
        self.packages
            .iter()
            .filter(|package| seen.contains(package.id.as_str()))
            .collect()
    }
}

impl Package {
    fn parse(value: &Value) -> Result<Self> {
        Ok(Self {
            id: text(value, "id")?,
            name: text(value, "name")?,
            version: text(value, "version")?,
            edition: text(value, "edition")?,
            license: optional_text(value, "license"),
            rust_version: optional_text(value, "rust_version"),
            source: optional_text(value, "source"),
            published: value["publish"]
                .as_array()
                .is_none_or(|registries| !registries.is_empty()),
            dependencies: array(value, "dependencies")?
                .iter()
                .map(Dependency::parse)
                .collect::<Result<_>>()?,
            features: object_keys(value, "features"),
            targets: array(value, "targets")?
                .iter()
                .map(Target::parse)
                .collect::<Result<_>>()?,
        })
    }
}

impl Dependency {
    fn parse(value: &Value) -> Result<Self> {
        Ok(Self {
            name: text(value, "name")?,
            requirement: text(value, "req")?,
            kind: Kind::parse(&value["kind"])?,
            is_path: value["path"].is_string(),
        })
    }
}

impl Kind {
    fn parse(value: &Value) -> Result<Self> {
        match value.as_str() {
            None | Some("normal") => Ok(Self::Normal),
            Some("build") => Ok(Self::Build),
            Some("dev") => Ok(Self::Dev),
            Some(other) => {
                Err(format!("cargo metadata: unknown kind of dependency `{other}`").into())
            }
        }
    }
}

impl Target {
    fn parse(value: &Value) -> Result<Self> {
        Ok(Self {
            name: text(value, "name")?,
            kinds: strings(value, "kind")?,
        })
    }
}

/// The id of a node and of the packages that it is compiled with.
fn compiled_dependencies(node: &Value) -> Result<(String, Vec<String>)> {
    let mut compiled = Vec::new();
    for dependency in array(node, "deps")? {
        let kinds = array(dependency, "dep_kinds")?
            .iter()
            .map(|kind| Kind::parse(&kind["kind"]));
        if kinds
            .collect::<Result<Vec<_>>>()?
            .iter()
            .any(|&kind| kind != Kind::Dev)
        {
            compiled.push(text(dependency, "pkg")?);
        }
    }
    Ok((text(node, "id")?, compiled))
}

fn text(value: &Value, key: &str) -> Result<String> {
    Ok(optional_text(value, key).ok_or_else(|| missing(key))?)
}

fn optional_text(value: &Value, key: &str) -> Option<String> {
    value[key].as_str().map(ToOwned::to_owned)
}

fn array<'a>(value: &'a Value, key: &str) -> Result<&'a Vec<Value>> {
    Ok(value[key].as_array().ok_or_else(|| missing(key))?)
}

fn strings(value: &Value, key: &str) -> Result<Vec<String>> {
    let strings = array(value, key)?
        .iter()
        .map(|item| item.as_str().map(ToOwned::to_owned));
    Ok(strings.collect::<Option<_>>().ok_or_else(|| missing(key))?)
}

fn object_keys(value: &Value, key: &str) -> Vec<String> {
    value[key]
        .as_object()
        .into_iter()
        .flat_map(|object| object.keys().cloned())
        .collect()
}

fn missing(key: &str) -> String {
    format!("cargo metadata: `{key}` is missing or of another type")
}

/// Made-up metadata, for the tests of the checks.
#[cfg(test)]
pub(crate) mod made_up {
    use serde_json::{Value, json};

    use super::Metadata;

    /// A package of the workspace and what it depends on: (kind or `""`, name).
    pub(crate) fn member(name: &str, dependencies: &[(&str, &str)]) -> Value {
        let dependencies: Vec<Value> = dependencies
            .iter()
            .map(|&(kind, name)| {
                let kind = if kind.is_empty() {
                    Value::Null
                } else {
                    json!(kind)
                };
                json!({ "name": name, "req": "^1", "kind": kind })
            })
            .collect();
        json!({
            "id": name, "name": name, "version": "1.0.0", "edition": "2024", "license": "Apache-2.0",
            "dependencies": dependencies, "targets": [], "publish": null,
        })
    }

    /// The same, never published.
    pub(crate) fn private(name: &str, dependencies: &[(&str, &str)]) -> Value {
        let mut package = member(name, dependencies);
        package["publish"] = json!([]);
        package
    }

    /// A package from elsewhere.
    pub(crate) fn external(name: &str, version: &str, license: &str) -> Value {
        let mut package = member(name, &[]);
        package["id"] = json!(format!("{name}@{version}"));
        package["version"] = json!(version);
        package["license"] = json!(license);
        package["source"] = json!("registry+somewhere");
        package
    }

    /// Metadata of these packages; the names of dependencies are taken for ids.
    pub(crate) fn metadata(packages: &[Value]) -> Metadata {
        let members: Vec<&Value> = packages
            .iter()
            .filter(|package| package["source"].is_null())
            .map(|package| &package["id"])
            .collect();
        let nodes: Vec<Value> = packages.iter().map(node).collect();
        Metadata::parse(&json!({
            "packages": packages, "workspace_members": members,
            "target_directory": "target", "resolve": { "nodes": nodes },
        }))
        .unwrap()
    }

    fn node(package: &Value) -> Value {
        let dependencies: Vec<Value> = package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .map(|dependency| json!({ "pkg": dependency["name"], "dep_kinds": [{ "kind": dependency["kind"] }] }))
            .collect();
        json!({ "id": package["id"], "deps": dependencies })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Metadata;
    use super::made_up::{member, metadata, private};

    #[test]
    fn unpublished_is_an_empty_list_of_registries() {
        let metadata = metadata(&[member("a", &[]), private("b", &[])]);
        assert!(metadata.member("a").unwrap().published);
        assert!(!metadata.member("b").unwrap().published);
    }

    #[test]
    fn closure_follows_all_but_dev_dependencies() {
        let metadata = metadata(&[
            member("a", &[("", "b"), ("dev", "d")]),
            member("b", &[("build", "c")]),
            member("c", &[("", "a")]),
            member("d", &[]),
        ]);
        let closure = metadata.closure(metadata.member("a").unwrap());
        let names: Vec<&str> = closure
            .iter()
            .map(|package| package.name.as_str())
            .collect();
        assert_eq!(names, ["a", "b", "c"]);
    }

    #[test]
    fn missing_field_is_named() {
        let error = Metadata::parse(&json!({ "resolve": { "nodes": [] } })).unwrap_err();
        assert!(error.to_string().contains("`packages`"), "{error}");
    }
}
