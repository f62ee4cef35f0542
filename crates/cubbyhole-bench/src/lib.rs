//! What cubbyhole costs, beside the caches that would be picked instead.
//!
//! `cargo xtask bench [--quick] [--report] [scenario…]` runs the scenarios with every
//! contender in turns, in one run on one machine; only the ratios mean anything elsewhere.
//! `cargo xtask guard` compares the instructions and allocations of our own operations with committed figures.
//!
//! # Where things are
//!
//! - `contenders`: the caches, each used as its own documentation says is best, behind one trait.
//! - `scenarios`: what is measured, a file each.
//! - `measure`: rounds in turns, medians and spreads. `machine`, `report`: what goes with the figures.
//! - `guard`: the committed figures.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that cannot be made ends the program"
)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for people at a terminal: what it prints is its result"
)]
#![cfg_attr(
    not(peers),
    allow(
        dead_code,
        reason = "without the peers, some of what they are measured with has no user"
    )
)]

mod arguments;
mod callgrind;
mod child;
mod contenders;
mod guard;
mod heap;
mod histogram;
mod machine;
mod measure;
mod report;
mod requests;
mod scenarios;
mod table;
mod workload;

use std::error::Error;
use std::process::ExitCode;

use arguments::Command;
pub use heap::Heap;

/// The result of anything that can fail; the error is a sentence for the person at the terminal.
pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Does what the command line says. `probe` reads the allocator, in the program whose allocator counts.
#[must_use]
pub fn run(probe: Option<fn() -> Heap>) -> ExitCode {
    heap::install(probe);
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = arguments::parse(&words).and_then(|command| match command {
        Command::Help => {
            print!("{}", arguments::help());
            Ok(())
        }
        Command::Bench(options) => scenarios::run(&options),
        Command::Guard { bless } => guard::run(bless),
        Command::Child(words) => child::run(&words),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
