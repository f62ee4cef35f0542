//! Which cryptography TLS has: the choice is the application's.

use redis::ConnectionAddr;
use rustls::crypto::CryptoProvider;

use crate::config::{Endpoint, RedisConfigError, Servers};

/// Says whether the process has chosen a provider, if TLS is asked for.
///
/// Without a choice, `rustls` panics at the first connection of a process that has several compiled in, or none.
pub(crate) fn check(endpoint: &Endpoint) -> Result<(), RedisConfigError> {
    let is_asked_for = match &endpoint.servers {
        Servers::One(info) => is_tls(info.addr()),
        #[cfg(feature = "cluster")]
        Servers::Cluster(nodes) => nodes.iter().any(|node| is_tls(node.addr())),
        #[cfg(feature = "sentinel")]
        Servers::Sentinel(sentinels) => sentinels.nodes.iter().any(is_tls),
    };
    if is_asked_for && CryptoProvider::get_default().is_none() {
        return Err(RedisConfigError::NoCryptography);
    }
    Ok(())
}

const fn is_tls(address: &ConnectionAddr) -> bool {
    matches!(address, ConnectionAddr::TcpTls { .. })
}
