//! The door for contributors: `cargo xtask ci` runs every check, `cargo xtask help` lists them.
//!
//! One command is one function in one file; [`steps::STEPS`] is the list.
//! A check reads and never writes; what changes files is a flag, such as `fmt --fix`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for people at a terminal: what it prints is its result"
)]

use std::error::Error;
use std::process::ExitCode;

use workspace::Workspace;

mod bench;
mod ci;
mod deny;
mod doc;
mod examples;
mod features;
mod fmt;
mod guard;
mod guide;
mod help;
mod layers;
mod lint;
mod metadata;
mod msrv;
mod process;
mod report;
mod shuttle;
mod steps;
mod test;
mod tidy;
mod workspace;

/// The result of anything that can fail; the error is a sentence for the person at the terminal.
pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let command = match help::parse(&arguments) {
        Ok(command) => command,
        Err(mistake) => {
            eprintln!("error: {mistake}");
            return ExitCode::from(2);
        }
    };
    match run(&command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &help::Command) -> Result {
    let workspace = Workspace::here()?;
    match command {
        help::Command::Help => print!("{}", help::text()),
        help::Command::Ci => ci::run(&workspace)?,
        help::Command::Step(run) => println!("{}", run(&workspace)?),
        help::Command::Tool(run, arguments) => run(&workspace, arguments)?,
    }
    Ok(())
}
