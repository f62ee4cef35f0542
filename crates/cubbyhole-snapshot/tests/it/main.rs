//! Saving and loading, and everything that can go wrong with a file.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "this is all test code, and a panic is how a test fails"
)]

mod damage; // Files that are not what was written.
mod entries; // Entries and values that have changed meanwhile.
mod in_use; // Saving and loading while others are at work.
mod large; // A hundred thousand values.
mod periodic; // Again and again.
mod support; // Stores with clocks, and files.
mod times; // What is left of a life.
mod values; // What comes back.
