//! `bench`: what our operations cost, beside other caches.
//!
//! On request only: a benchmark needs a quiet machine, and the other caches bring along more crates than all else here.

use crate::Result;
use crate::process::Process;
use crate::workspace::Workspace;

/// The crate that measures, and its program in which the allocator does not count.
pub(crate) const PACKAGE: &str = "cubbyhole-bench";

/// Has the other caches compiled.
pub(crate) const PEERS: &str = "--cfg peers";

/// Where that is compiled: the flag recompiles everything, so a folder of its own keeps the other steps' work.
pub(crate) fn folder(workspace: &Workspace) -> Result<String> {
    let folder = workspace.metadata()?.target_directory.join("bench");
    let folder = folder.strip_prefix(workspace.root()).unwrap_or(&folder);
    Ok(folder.display().to_string())
}

/// Runs the scenarios that `arguments` name, with all peers.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result {
    let folder = folder(workspace)?;
    workspace
        .cargo(&["build", "--profile", "bench", "-p", PACKAGE, "--bins"])
        .arguments(&["--target-dir", &folder])
        .environment("RUSTFLAGS", PEERS)
        .run()?;
    let program = format!("{PACKAGE}{}", std::env::consts::EXE_SUFFIX);
    let program = workspace.root().join(folder).join("release").join(program);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    Process::new(program, workspace.root())
        .arguments(&arguments)
        .run()
}
