//! Measures cubbyhole and its peers: `cargo xtask bench`.

use std::process::ExitCode;

fn main() -> ExitCode {
    cubbyhole_bench::run(None)
}
