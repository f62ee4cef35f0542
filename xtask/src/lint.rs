//! `lint`: no warning of the compiler or of clippy in any target, nor in what is measured beside other caches.

use crate::Result;
use crate::bench::{self, PACKAGE, PEERS};
use crate::report::Report;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace) -> Result<Report> {
    let clippy = ["clippy", "--workspace", "--all-targets", "--all-features"];
    let deny = ["--", "-D", "warnings"];
    workspace.cargo(&clippy).arguments(&deny).run()?;
    // It takes a minute the first time, for the other caches; nothing else compiles the code that uses them.
    workspace
        .cargo(&["clippy", "-p", PACKAGE, "--all-targets", "--target-dir"])
        .argument(bench::folder(workspace)?)
        .arguments(&deny)
        .environment("RUSTFLAGS", PEERS)
        .run()?;
    Ok(Report::of("no warnings, also with the peers of the bench"))
}
