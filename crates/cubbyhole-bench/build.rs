//! Tells the compiler that `cfg(peers)` is meant, and where the lock file is.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(peers)");
    println!("cargo::rerun-if-changed=build.rs");
}
