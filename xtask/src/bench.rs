//! `bench` and `guard`: what our operations cost, beside other caches and against committed figures.
//!
//! On request only: a benchmark needs a quiet machine, and the other caches bring along more crates than all else here.

use crate::Result;
use crate::process::Process;
use crate::workspace::Workspace;

const PACKAGE: &str = "cubbyhole-bench";

/// Runs the scenarios that `arguments` name, with all peers.
pub(crate) fn bench(workspace: &Workspace, arguments: &[String]) -> Result {
    // The flag recompiles everything: a folder of its own keeps the work of the steps.
    build_and_run(workspace, "bench", "--cfg peers", arguments)
}

/// Compares instructions and allocations of our operations with the committed figures.
pub(crate) fn guard(workspace: &Workspace, arguments: &[String]) -> Result {
    let arguments: Vec<String> = std::iter::once("guard".to_owned())
        .chain(arguments.iter().cloned())
        .collect();
    build_and_run(workspace, "guard", "", &arguments)
}

fn build_and_run(workspace: &Workspace, folder: &str, flags: &str, arguments: &[String]) -> Result {
    let folder = workspace.metadata()?.target_directory.join(folder);
    let shown = folder.strip_prefix(workspace.root()).unwrap_or(&folder);
    workspace
        .cargo(&["build", "--profile", "bench", "-p", PACKAGE, "--bins"])
        .arguments(&["--target-dir", &shown.display().to_string()])
        .environment("RUSTFLAGS", flags)
        .run()?;
    let program = format!("{PACKAGE}{}", std::env::consts::EXE_SUFFIX);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    Process::new(folder.join("release").join(program), workspace.root())
        .arguments(&arguments)
        .run()
}
