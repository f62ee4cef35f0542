//! Which cryptography TLS has.

/// Takes that of the `ring` crate, unless the process has chosen another before.
///
/// Without a choice, a process that has two compiled in would panic at the first connection.
pub(crate) fn prepare() {
    // An error says that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
