//! What a user of the crate sees, across tasks and threads.

mod carrying; // spawned tasks, blocking work, threads
mod dropping; // what a dropped future sees
mod ids; // typed scopes, ids that nobody prints
mod nesting; // what an inner scope inherits, and when that is settled
mod restoring; // exit, panic, cancel
mod shapes; // Send, Sync, sizes
mod sharing; // many futures in one task
mod support; // users, sessions, polling by hand
