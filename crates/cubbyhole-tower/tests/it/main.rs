//! What a service sees of the layers, through tower alone, and through axum, hyper and tonic.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bodies; // streamed, dropped half-way, read after the handler has returned
#[cfg(feature = "axum")]
mod extractors; // axum: the store, and the order of layers
mod identity; // extensions, headers, cookies, and those who forge them
mod on_the_wire; // hyper: one connection and many people; upgrades
mod rejections; // what to answer, and what not to say
mod requests; // whose a request is, nested, cancelled, panicking
#[cfg(feature = "response-cache")]
mod responses; // the cache of responses, held to RFC 9111
mod rpc; // tonic
#[cfg(feature = "signed-cookie")]
mod signatures; // cookies signed with HMAC-SHA256
mod support; // people, entries, bodies that watch
