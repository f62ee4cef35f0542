//! People at real browsers: the whole way through the dashboard and its inspector, with Chromium.
//!
//! Without Chromium and its driver there is nothing to look with: then these tests say so and pass, unless the environment
//! variable `CI` is set.

mod driver;
mod elsewhere;
mod looks;
mod programs;
mod walk;
mod window;
