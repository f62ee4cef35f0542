//! What a browser, a script and an attacker see of the inspector.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "this is all test code, helper functions included, and a panic is how a test fails"
)]

mod acting; // what actions do
mod api; // the document is the API
mod events; // the stream, and its end
mod forgery; // requests that the page did not make
mod hidden; // what nobody gets to see
mod mounting; // under any path, for whom it is meant
mod page; // the files of the page
mod support;
