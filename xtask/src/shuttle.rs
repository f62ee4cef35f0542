//! `shuttle`: the store's tests under many interleavings of its threads.

use crate::report::Report;
use crate::workspace::Workspace;
use crate::{Result, test};

const PACKAGE: &str = "cubbyhole-store";

/// The tests are inside of the crate, in a module of this name.
const MODULE: &str = "shuttle";

/// Fails if there is not a single test.
pub(crate) fn run(workspace: &Workspace) -> Result<Report> {
    // The flag recompiles everything: a folder of its own keeps the other steps' work.
    let folder = workspace.metadata()?.target_directory.join("shuttle");
    let folder = folder.strip_prefix(workspace.root()).unwrap_or(&folder);
    let cargo = workspace
        .cargo(&[
            "test",
            "--release",
            "-p",
            PACKAGE,
            "--lib",
            MODULE,
            "--target-dir",
        ])
        .argument(folder.display().to_string())
        .environment("RUSTFLAGS", "--cfg shuttle");
    test::run_counted(&cargo)
}
