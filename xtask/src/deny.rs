//! `deny`: licences, sources and duplicate versions of the dependencies.
//!
//! Done here from what cargo knows, so that no other tool is needed; the licences are those of
//! `deny.toml`, and `cargo deny` reads the same file where it is installed.

use crate::Result;
use crate::report::Report;
use crate::workspace::Workspace;

mod duplicates;
mod licenses;
mod sources;
mod spdx;

pub(crate) fn run(workspace: &Workspace) -> Result<Report> {
    let metadata = workspace.metadata()?;
    let allowed = licenses::allowed(&std::fs::read_to_string(
        workspace.root().join("deny.toml"),
    )?)?;
    let mut problems = licenses::problems(&metadata.packages, &allowed);
    problems.extend(sources::problems(metadata));
    problems.extend(duplicates::of(&workspace.published_closure()?));
    for problem in &problems {
        println!("{problem}");
    }
    for note in duplicates::of(&metadata.packages.iter().collect::<Vec<_>>()) {
        println!("note: {note}, here counting tests and unpublished crates");
    }
    if !problems.is_empty() {
        return Err(format!("{} problems with dependencies", problems.len()).into());
    }
    let tool = cargo_deny(workspace)?;
    Ok(Report::of(format!(
        "{} packages; {tool}",
        metadata.packages.len()
    )))
}

/// The same questions to `cargo deny`, where it is installed.
///
/// Not its advisories: they change with the day and not with the commit.
fn cargo_deny(workspace: &Workspace) -> Result<&'static str> {
    if !workspace.cargo(&["deny", "--version"]).succeeds() {
        println!("skipped: `cargo deny` is not installed");
        return Ok("cargo deny skipped: not installed");
    }
    workspace
        .cargo(&[
            "deny",
            "--all-features",
            "check",
            "bans",
            "licenses",
            "sources",
        ])
        .run()?;
    Ok("cargo deny agrees")
}
