//! `#[cached]`: what the functions do that it writes.
//!
//! All tests share the store of the process; each has functions of its own.

mod arguments;
mod companions;
mod compiling;
mod fallible;
mod infallible;
mod methods;
mod options;
mod places;
mod plain;
mod scopes;
mod support;
