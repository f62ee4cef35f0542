//! The suite on caches that are right, and on caches that are wrong in one thing each.

mod asynchronous;
/// Tiers with one flaw each.
mod broken;
/// Caches that wait.
mod faults;
/// A fleet without a server.
mod fleet;
mod loads;
/// Each check catches the bug it is there for.
mod mutants;
/// A naive cache, right or with one bug.
mod naive;
/// The naive cache passes.
mod right;
/// Caches that need a runtime.
mod runtime;
/// Each check of tiers catches the bug it is there for.
mod tier_mutants;
/// The suite for tiers.
mod tiers;
